import type { AlertSink } from '../../alerts/alert-sink.ts';
import { OrchestratorError } from '../../errors/orchestrator-error.ts';
import type { SettledState, Settlement, UpdateProgress } from '../../settlement/settlement.ts';
import type { ObjectStore } from '../../storage/object-store.ts';
import { isBrokenArtifact } from '../broken-artifact.ts';
import { readBlobObject, writeBlobObject } from '../data-submission/blob-object.ts';
import { type BlobEncoder, encodeBlobs } from '../data-submission/encode-blobs.ts';
import { type Job, rangeOf, type StateUpdateMetadata } from '../job.ts';
import type { JobHandler, ProcessOutcome, VerifyOutcome, WorkContext } from '../job-handler.ts';
import { metadataOf } from '../new-jobs.ts';
import { loadOutput, type StoredOutput } from '../stored-output.ts';
import { compareWithContract } from './compare-with-contract.ts';
import { SettlementHold } from './settlement-hold.ts';
import { transactionFields } from './tx-attempts.ts';

/** In place of a transaction of ours when the range was settled by somebody else. */
export const NO_TRANSACTION = `0x${'00'.repeat(32)}`;

export interface StateTransitionPorts {
  readonly settlement: Settlement;
  readonly objects: ObjectStore;
  readonly encoder: BlobEncoder;
  readonly alerts: AlertSink;
}

export interface StateTransitionSettings {
  /** Milliseconds between two looks at the settlement layer. */
  readonly pollMs: number;
}

/**
 * Settles a range on the core contract, strictly in block order. Where the contract stands decides what is done; our own
 * records only say what was sent.
 */
export class StateTransitionHandler implements JobHandler {
  readonly #ports: StateTransitionPorts;
  readonly #pollMs: number;
  readonly #hold: SettlementHold;

  constructor(ports: StateTransitionPorts, { pollMs }: StateTransitionSettings) {
    this.#ports = ports;
    this.#pollMs = pollMs;
    this.#hold = new SettlementHold(ports.alerts);
  }

  async process(job: Job, work: WorkContext): Promise<ProcessOutcome> {
    const { settlement } = this.#ports;
    const update = metadataOf(job, 'StateUpdate');
    const range = rangeOf(job);
    const state = await settlement.state('included');
    if (state.blockNumber < range.first - 1) {
      return this.#deferred(
        `block ${range.first - 1} to be settled (the core contract stands at block ${state.blockNumber})`,
      );
    }
    const stored = await this.#output(update);
    const standing = await this.#standing(state, job, stored);
    switch (standing.kind) {
      case 'behind':
        return this.#deferred(`block ${range.first - 1} to be settled`);
      case 'ahead-of-node':
        return this.#brieflyDeferred(aheadOfNode(standing.block));
      case 'settled':
        return this.#alreadySettled(job, update, work);
      case 'next':
        return this.#submit(job, update, stored, work);
    }
  }

  async verify(job: Job, work: WorkContext): Promise<VerifyOutcome> {
    const update = metadataOf(job, 'StateUpdate');
    let progress = await this.#ports.settlement.track(updateKey(job), work.signal);
    if (isUnmined(progress)) {
      const state = await this.#ports.settlement.state('included');
      if (state.blockNumber >= update.end_block) {
        // Ours may have been mined between the two looks. If not, it never will be: another transaction settled the range.
        progress = await this.#ports.settlement.track(updateKey(job), work.signal);
        if (isUnmined(progress)) {
          await this.#hold.leave(job);
          return this.#verifyForeign(job, { ...update, ...transactionFields(progress.intent) }, state);
        }
      }
    }
    if (progress.kind === 'held') {
      const waitingFor = await this.#hold.enter(job, progress.reason);
      const specific = { ...update, ...transactionFields(progress.intent) };
      return { kind: 'pending', retryAfterMs: this.#pollMs, waitingFor, held: true, specific };
    }
    await this.#hold.leave(job);
    switch (progress.kind) {
      case 'unknown':
        return this.#verifyForeign(job, update);
      case 'pending':
        return this.#pending(`the settlement layer: ${progress.note}`, {
          ...update,
          ...transactionFields(progress.intent),
        });
      case 'included':
        return this.#pending(
          `confirmations of block ${progress.block} of the settlement layer (${progress.confirmations} so far)`,
          { ...update, ...minedFields(progress, false) },
        );
      case 'confirmed':
        return this.#verifyConfirmed(job, update, progress);
      case 'reverted':
        return this.#verifyReverted(job, update, progress.reason);
    }
  }

  async #submit(
    job: Job,
    update: StateUpdateMetadata,
    stored: StoredOutput,
    work: WorkContext,
  ): Promise<ProcessOutcome> {
    const blobs = await this.#blobs(job, update, stored, work);
    await work.fence();
    const submitted = this.#ports.settlement.submit({
      key: updateKey(job),
      jobId: job.id,
      firstBlock: update.start_block,
      lastBlock: update.end_block,
      programOutput: stored.words,
      blobs,
      signal: work.signal,
    });
    const outcome = await submitted.catch(refusedForNow);
    if ('waitingFor' in outcome) return this.#brieflyDeferred(outcome.waitingFor);
    const { intent } = outcome;
    const fields = transactionFields(intent);
    return {
      kind: 'submitted',
      externalId: fields.tx_hash ?? updateKey(job),
      specific: { ...update, ...fields },
      verifyAfterMs: this.#pollMs,
    };
  }

  /**
   * The contract has the range. A transaction of ours that did it (sent before a crash) goes on to its confirmations; a
   * stranger's counts as done at the same depth.
   */
  async #alreadySettled(job: Job, update: StateUpdateMetadata, work: WorkContext): Promise<ProcessOutcome> {
    const progress = await this.#ports.settlement.track(updateKey(job), work.signal);
    if (progress.kind === 'included' || progress.kind === 'confirmed') {
      const specific = { ...update, ...minedFields(progress, progress.kind === 'confirmed') };
      return { kind: 'submitted', externalId: progress.txHash, specific, verifyAfterMs: 0 };
    }
    const specific = { ...update, tx_hash: update.tx_hash ?? NO_TRANSACTION };
    const confirmed = await this.#ports.settlement.state('confirmed');
    if (confirmed.blockNumber >= update.end_block) return { kind: 'completed', externalId: specific.tx_hash, specific };
    return { kind: 'submitted', externalId: specific.tx_hash, specific, verifyAfterMs: this.#pollMs };
  }

  async #verifyConfirmed(
    job: Job,
    update: StateUpdateMetadata,
    progress: Extract<UpdateProgress, { kind: 'confirmed' }>,
  ): Promise<VerifyOutcome> {
    const specific = { ...update, ...minedFields(progress, true) };
    const state = await this.#ports.settlement.state('confirmed');
    const standing = await this.#standing(state, job, await this.#output(update));
    switch (standing.kind) {
      case 'settled':
        return { kind: 'verified', specific };
      case 'ahead-of-node':
        return this.#pending(aheadOfNode(standing.block), specific);
      default:
        // The receipt is deep enough but the state read beside it is older: another node behind the same address, or a reorg.
        return this.#pending(
          `the core contract to show block ${update.end_block} (it stands at ${state.blockNumber})`,
          specific,
        );
    }
  }

  async #verifyReverted(job: Job, update: StateUpdateMetadata, reason: string): Promise<VerifyOutcome> {
    const rejected = {
      kind: 'rejected',
      reason: `The state update of block ${update.start_block} was refused by the core contract: ${reason}`,
    } as const;
    const state = await this.#ports.settlement.state('included');
    // Ours came too late when the contract has the block all the same.
    return state.blockNumber < update.end_block ? rejected : this.#verifyForeign(job, update, state);
  }

  /**
   * No transaction of ours settled the range: only the contract can say that it is. A state that was `seen` to have the
   * range stands in for a second look, which a node that is behind could answer otherwise.
   */
  async #verifyForeign(job: Job, update: StateUpdateMetadata, seen?: SettledState): Promise<VerifyOutcome> {
    const { settlement } = this.#ports;
    const stored = await this.#output(update);
    const confirmed = await settlement.state('confirmed');
    if (confirmed.blockNumber >= update.end_block) {
      const standing = await this.#standing(confirmed, job, stored);
      return standing.kind === 'ahead-of-node'
        ? this.#pending(aheadOfNode(standing.block), update)
        : { kind: 'verified', specific: update };
    }
    const included = seen ?? (await settlement.state('included'));
    if (included.blockNumber >= update.end_block) {
      await this.#standing(included, job, stored);
      return this.#pending(
        `confirmations of the state that the core contract has of block ${update.end_block}`,
        update,
      );
    }
    return {
      kind: 'rejected',
      reason: `No transaction is stored for block ${update.end_block} and the core contract stands at block ${included.blockNumber}`,
    };
  }

  async #output(update: StateUpdateMetadata): Promise<StoredOutput> {
    const parameters = await this.#ports.settlement.parameters();
    return loadOutput(this.#ports.objects, update.program_output_path, update.snos_fact, parameters);
  }

  /** The stored blobs, or the same ones made anew when the object was lost or damaged since they were stored. */
  async #blobs(
    job: Job,
    update: StateUpdateMetadata,
    { output }: StoredOutput,
    work: WorkContext,
  ): Promise<Uint8Array[]> {
    const { objects, encoder } = this.#ports;
    const record = {
      key: update.blob_data_path,
      sha256: update.blob_sha256,
      blobs: output.kzg?.commitments.length ?? 0,
    };
    try {
      return await readBlobObject(objects, record);
    } catch (error) {
      if (!isBrokenArtifact(error)) throw error;
      work.log.warn({ block: update.start_block, code: error.code }, `blobs are encoded anew: ${error.message}`);
      await writeBlobObject(objects, record.key, await encodeBlobs(encoder, rangeOf(job), output));
      return readBlobObject(objects, record);
    }
  }

  #standing(state: SettledState, job: Job, { output }: StoredOutput) {
    return compareWithContract(state, rangeOf(job), output, this.#ports.settlement, this.#ports.encoder.node);
  }

  #deferred(waitingFor: string): ProcessOutcome {
    return { kind: 'deferred', retryAfterMs: this.#pollMs, waitingFor };
  }

  #brieflyDeferred(waitingFor: string): ProcessOutcome {
    return { kind: 'deferred', retryAfterMs: this.#pollMs, waitingFor, brief: true };
  }

  #pending(waitingFor: string, specific: StateUpdateMetadata): VerifyOutcome {
    return { kind: 'pending', retryAfterMs: this.#pollMs, waitingFor, specific };
  }
}

/** Key of the intent; the same for every attempt of the job, so that none can sign a second transaction. */
export function updateKey(job: Job): string {
  return `${job.id}:${job.internal_id}:state-update`;
}

/** No variant is known to be in a block; whether the contract has the range all the same, the progress does not say. */
function isUnmined(progress: UpdateProgress): progress is Extract<UpdateProgress, { kind: 'pending' | 'held' }> {
  return progress.kind === 'pending' || progress.kind === 'held';
}

function minedFields(progress: Extract<UpdateProgress, { kind: 'included' | 'confirmed' }>, final: boolean) {
  return transactionFields(progress.intent, { txHash: progress.txHash, block: progress.block, final });
}

/**
 * What to wait for when the contract would refuse the update at this moment only: a reorg took back the block before or the
 * fact, or the trial ran on a node that is behind. That is nobody's failed attempt.
 */
function refusedForNow(error: unknown): { readonly waitingFor: string } {
  const passes =
    error instanceof OrchestratorError &&
    error.retry === 'transient' &&
    (error.code === 'SETTLEMENT_CONFLICT' || error.code === 'SETTLEMENT_REVERTED');
  if (!passes) throw error;
  return { waitingFor: `the settlement layer: ${error.message}` };
}

const aheadOfNode = (block: number): string =>
  `the Starknet node to reach block ${block}, where the core contract already stands`;
