import { type Hex, isAddress } from 'viem';
import type { Intent, IntentVariant } from '../../database/intent-store.ts';
import { OrchestratorError } from '../../errors/orchestrator-error.ts';
import type {
  SettledState,
  Settlement,
  SettlementParameters,
  StateUpdateRequest,
  SubmittedUpdate,
  UpdateProgress,
} from '../settlement.ts';
import { blockAt, headOf, heightAt, newestVariant, type Standing, standingOf } from './chain-standing.ts';
import { CoreContract } from './core-contract.ts';
import type { EthereumBlock } from './ethereum-client.ts';
import { FeeOffers } from './fee-offers.ts';
import { isSpent } from './former-key.ts';
import { IntentRecords, withVariant } from './intent-records.ts';
import { type Preflight, type PreflightCall, preflight } from './preflight.ts';
import { replayRevert } from './replay.ts';
import { hintFor } from './revert-reason.ts';
import { type Draft, TransactionManager } from './transaction-manager.ts';
import type { EthereumSettlementParts, SettlementTuning } from './transaction-options.ts';
import { buildSidecar, buildUpdateCall } from './update-payload.ts';
import { feesOf, VariantSigner } from './variant-signer.ts';

/** {@link Settlement} on StarkWare's core contract, with blob transactions. */
export class EthereumSettlement implements Settlement {
  readonly contract: CoreContract;
  readonly tuning: SettlementTuning;
  readonly #parts: EthereumSettlementParts;
  readonly #records: IntentRecords;
  readonly #variants: VariantSigner;
  readonly #offers: FeeOffers;
  readonly #manager: TransactionManager;
  #chainId: number | undefined;

  constructor(parts: EthereumSettlementParts, tuning: SettlementTuning) {
    if (!isAddress(parts.coreContract, { strict: false })) {
      throw new OrchestratorError(
        'CONFIG_INVALID',
        `the core contract address is not an Ethereum address: ${parts.coreContract}`,
      );
    }
    this.#parts = parts;
    this.tuning = tuning;
    this.contract = new CoreContract(parts.client, parts.coreContract.toLowerCase() as Hex);
    this.#records = new IntentRecords(parts.intents, parts.clock);
    this.#variants = new VariantSigner(parts.signer, parts.objects, parts.clock);
    this.#offers = new FeeOffers(parts.client, parts.signer.address, tuning.fees);
    this.#manager = new TransactionManager({
      client: parts.client,
      records: this.#records,
      variants: this.#variants,
      offers: this.#offers,
      kzg: parts.kzg,
      clock: parts.clock,
      log: parts.log,
      tuning,
      contract: this.contract,
      chainId: () => this.#numericChainId(),
      preflight: (call, from, head, signal) => this.#preflight(call, from, head, signal),
    });
  }

  async chainId(): Promise<string> {
    return `ethereum:${await this.#numericChainId()}`;
  }

  async state(at: 'included' | 'confirmed'): Promise<SettledState> {
    const head = await headOf(this.#parts.client);
    const { confirmations } = this.tuning;
    if (at === 'included' || confirmations <= 1) {
      const state = await this.contract.stateAt(head);
      if (state === undefined) throw this.contract.notAContract();
      return state;
    }
    const deep = await blockAt(this.#parts.client, heightAt(head, confirmations));
    // Nothing is settled at a depth where the contract did not exist.
    return (await this.contract.stateAt(deep)) ?? { blockNumber: -1, root: 0n, blockHash: 0n };
  }

  parameters(): Promise<SettlementParameters> {
    return this.contract.parameters();
  }

  async settledAt(block: number): Promise<SettledState | undefined> {
    const head = await headOf(this.#parts.client);
    return await this.contract.loggedUpdate(block, head.number, this.tuning.logLookBackBlocks);
  }

  async submit(update: StateUpdateRequest): Promise<SubmittedUpdate> {
    const existing = await this.#records.get(update.key);
    const progress = existing === undefined ? await this.#begin(update) : await this.#resume(update, existing);
    if (progress.kind === 'unknown') throw new OrchestratorError('DATABASE_CORRUPT', `intent ${update.key} is gone`);
    if (progress.kind === 'reverted') throw wrongError(update, progress.reason);
    return { intent: progress.intent };
  }

  async track(key: string, signal: AbortSignal): Promise<UpdateProgress> {
    const intent = await this.#records.get(key);
    if (intent === undefined) return { kind: 'unknown' };
    return await this.#progress(intent, await standingOf(this.#parts.client, intent, signal), signal);
  }

  /** Signs the first variant and writes it down; only then it is sent. */
  async #begin(update: StateUpdateRequest): Promise<UpdateProgress> {
    const { head, draft } = await this.#draft(update);
    const variant = await this.#manager.sign(draft, head, update.signal);
    if ('kind' in variant) throw this.#offers.asError(variant);
    update.signal.throwIfAborted();
    const intent = await this.#records.open({
      key: update.key,
      job_id: update.jobId,
      first_block: update.firstBlock,
      last_block: update.lastBlock,
      kind: 'state-update',
      chain: await this.chainId(),
      to: this.contract.address,
      variants: [variant],
    });
    // Another worker may have been first; then its transaction is the one, and ours was never sent.
    return await this.#manager.send(intent, head, update.signal);
  }

  async #resume(update: StateUpdateRequest, intent: Intent): Promise<UpdateProgress> {
    const { signal } = update;
    const standing = await standingOf(this.#parts.client, intent, signal);
    const dead =
      standing.kind === 'mined' &&
      standing.receipt.status === 'reverted' &&
      standing.confirmations >= this.tuning.confirmations;
    if (dead || (standing.kind === 'unmined' && (await this.#isLost(intent, signal)))) {
      await this.#assertSameContract(intent);
      const { head, draft } = await this.#draft(update);
      return await this.#manager.resign(intent, draft, head, signal);
    }
    const restored = standing.kind === 'unmined' ? await this.#restore(update, intent) : intent;
    return await this.#progress(restored, standing, signal);
  }

  /** What a former key signed is gone, cannot be made again, and nothing can come of it any more. */
  async #isLost(intent: Intent, signal: AbortSignal): Promise<boolean> {
    const variant = newestVariant(intent);
    if (variant.signer === this.#variants.address || (await this.#variants.isStored(variant))) return false;
    const { confirmations } = this.tuning;
    return await isSpent({ client: this.#parts.client, contract: this.contract, confirmations }, intent, signal);
  }

  async #progress(intent: Intent, standing: Standing, signal: AbortSignal): Promise<UpdateProgress> {
    if (standing.kind === 'unmined') {
      await this.#assertSameContract(intent);
      return await this.#manager.advance(intent, standing.head, signal);
    }
    if (standing.kind === 'displaced') {
      return { kind: 'pending', note: `block ${standing.block}, which included it, is not part of the chain`, intent };
    }
    const { receipt, confirmations, variant } = standing;
    const deep = confirmations >= this.tuning.confirmations;
    if (receipt.status === 'reverted') {
      if (!deep)
        return {
          kind: 'pending',
          note: `reverted in block ${receipt.blockNumber}, waits for ${this.tuning.confirmations} confirmations`,
          intent,
        };
      const reason = variant.error ?? (await this.#revertReason(variant, receipt.blockNumber, signal));
      const noted = await this.#records.note(intent, (stored) =>
        stored.state === 'reverted'
          ? undefined
          : { state: 'reverted', hold_reason: null, variants: withVariant(stored, variant.hash, { error: reason }) },
      );
      return { kind: 'reverted', reason, intent: noted };
    }
    const state = deep ? 'confirmed' : 'mined';
    const noted = await this.#records.note(intent, (stored) =>
      stored.state === state ? undefined : { state, hold_reason: null },
    );
    const block = receipt.blockNumber;
    if (deep) return { kind: 'confirmed', block, gasUsed: receipt.gasUsed, txHash: variant.hash, intent: noted };
    return { kind: 'included', block, confirmations, txHash: variant.hash, intent: noted };
  }

  /** Checks and tries the update at the head. What comes back would be accepted there. */
  async #draft(update: StateUpdateRequest): Promise<{ head: EthereumBlock; draft: Draft }> {
    const { client, kzg } = this.#parts;
    const { signal, firstBlock, blobs } = update;
    let head = await headOf(client, signal);
    // Before anything costs time; some nodes do not even try a call for an account that could not pay for it.
    const load = { gasLimit: this.tuning.gas.first, blobs: blobs.length };
    const offer = await this.#offers.offer(head, load, undefined, signal);
    if (offer.kind === 'obstacle') throw this.#offers.asError(offer.obstacle);
    const call = await buildUpdateCall(kzg, update);
    signal.throwIfAborted();
    head = await headOf(client, signal);
    let trial = await this.#preflight(call, this.#variants.address, head, signal);
    if (trial.kind === 'refused') throw refusedError(update, trial);
    const sidecar = await buildSidecar(kzg, this.tuning.wrapperVersion, blobs, call.commitments);
    const newest = await headOf(client, signal);
    if (newest.hash !== head.hash) {
      // The proofs took their time. Nonce and fees are taken at the block of the last trial, so that they fit it.
      head = newest;
      trial = await this.#preflight(call, this.#variants.address, head, signal);
      if (trial.kind === 'refused') throw refusedError(update, trial);
    }
    return { head, draft: { firstBlock, call, sidecar, gasLimit: trial.gasLimit } };
  }

  /**
   * The stored bytes are gone (lost disk, retention): signing is deterministic, so the same transaction can be made again.
   * Its wrapper is the one that is configured now. Answers the intent that names the bytes. What a former key signed
   * cannot be made again.
   */
  async #restore(update: StateUpdateRequest, intent: Intent): Promise<Intent> {
    const variant = newestVariant(intent);
    if (variant.signer !== this.#variants.address || (await this.#variants.isStored(variant))) return intent;
    const { kzg, log } = this.#parts;
    const call = await buildUpdateCall(kzg, update);
    const sidecar = await buildSidecar(kzg, this.tuning.wrapperVersion, update.blobs, call.commitments);
    const { data, blobVersionedHashes } = call;
    const fees = feesOf(variant);
    const gasLimit = BigInt(variant.gas_limit);
    const body = {
      chainId: await this.#numericChainId(),
      nonce: variant.nonce,
      to: this.contract.address,
      data,
      gasLimit,
      fees,
      blobVersionedHashes,
    };
    const again = await this.#variants.create(intent.first_block, body, sidecar);
    if (again.hash !== variant.hash) {
      throw new OrchestratorError(
        'OBJECT_NOT_FOUND',
        `the signed transaction ${variant.raw_path} is gone, and the block's data gives another one now`,
        {
          context: { path: variant.raw_path, key: intent.key },
        },
      );
    }
    log.warn(
      { key: intent.key, path: variant.raw_path },
      'the stored transaction was gone; the same one was made again',
    );
    const { raw_path, raw_sha256 } = again;
    if (raw_path === variant.raw_path && raw_sha256 === variant.raw_sha256) return intent;
    return await this.#records.note(intent, (stored) => ({
      variants: withVariant(stored, variant.hash, { raw_path, raw_sha256 }),
    }));
  }

  #preflight(call: PreflightCall, from: Hex, head: EthereumBlock, signal: AbortSignal): Promise<Preflight> {
    const { gas } = this.tuning;
    const { client, log } = this.#parts;
    return preflight({ client, log, contract: this.contract, from, gas }, call, head, signal);
  }

  async #revertReason(variant: IntentVariant, block: number, signal: AbortSignal): Promise<string> {
    const raw = await this.#variants.load(variant);
    return await replayRevert(this.#parts.client, variant.signer as Hex, raw, block, signal);
  }

  async #assertSameContract(intent: Intent): Promise<void> {
    const chain = await this.chainId();
    if (intent.chain === chain && intent.to === this.contract.address) return;
    throw new OrchestratorError(
      'SETTLEMENT_CONFLICT',
      `the state update of block ${intent.last_block} was signed for ${intent.to} on ${intent.chain}`,
      {
        context: { key: intent.key, chain, contract: this.contract.address },
        hint: 'Run with the former core contract and network, or on another directory or database for the new one.',
      },
    );
  }

  async #numericChainId(): Promise<number> {
    this.#chainId ??= await this.#parts.client.chainId();
    return this.#chainId;
  }
}

/** The update cannot be sent as it is, now or later. */
function wrongError(update: StateUpdateRequest, reason: string): OrchestratorError {
  const hint = hintFor(reason);
  return new OrchestratorError(
    'SETTLEMENT_REVERTED',
    `the core contract would refuse block ${update.lastBlock}: ${reason}`,
    {
      context: { reason, block: update.lastBlock },
      ...(hint === undefined ? {} : { hint }),
    },
  );
}

function refusedError(
  update: StateUpdateRequest,
  { reason, meaning, position }: Preflight & { kind: 'refused' },
): OrchestratorError {
  const context = { reason, block: update.lastBlock, position };
  if (meaning === 'waiting') {
    return new OrchestratorError(
      'SETTLEMENT_REVERTED',
      `the fact of block ${update.lastBlock} is not registered yet: ${reason}`,
      { retry: 'transient', context },
    );
  }
  if (meaning === 'position') {
    const where = `the core contract stands at block ${position ?? 'unknown'}, where blocks ${update.firstBlock} to ${update.lastBlock} do not follow: ${reason}`;
    return new OrchestratorError('SETTLEMENT_CONFLICT', where, { retry: 'transient', context });
  }
  return wrongError(update, reason);
}
