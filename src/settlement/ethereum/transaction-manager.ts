import type { Hex } from 'viem';
import type { Clock } from '../../clock/clock.ts';
import type { Intent, IntentVariant } from '../../database/intent-store.ts';
import { OrchestratorError } from '../../errors/orchestrator-error.ts';
import type { Kzg } from '../../starknet/kzg.ts';
import type { Log } from '../../telemetry/log.ts';
import type { UpdateProgress } from '../settlement.ts';
import type { BlobSidecar } from './blob-transaction.ts';
import { haveOneNonce, newestVariant, nonceUseOf } from './chain-standing.ts';
import type { CoreContract } from './core-contract.ts';
import type { EthereumBlock, EthereumClient } from './ethereum-client.ts';
import type { FeeOffers, Obstacle } from './fee-offers.ts';
import { type FormerKey, formerKey } from './former-key.ts';
import { type IntentRecords, withVariant } from './intent-records.ts';
import type { Preflight, PreflightCall } from './preflight.ts';
import { sendRaw } from './send-outcome.ts';
import { type SendableVariant, sendableVariant } from './sendable-variant.ts';
import type { SettlementTuning } from './transaction-options.ts';
import type { VariantSigner } from './variant-signer.ts';

export interface TransactionManagerParts {
  readonly client: EthereumClient;
  readonly records: IntentRecords;
  readonly variants: VariantSigner;
  readonly offers: FeeOffers;
  readonly kzg: Kzg;
  readonly clock: Clock;
  readonly log: Log;
  readonly tuning: SettlementTuning;
  readonly contract: CoreContract;
  readonly chainId: () => Promise<number>;
  readonly preflight: (call: PreflightCall, from: Hex, head: EthereumBlock, signal: AbortSignal) => Promise<Preflight>;
}

/** What is to be signed, without nonce and fees. */
export interface Draft {
  readonly firstBlock: number;
  readonly call: PreflightCall;
  readonly sidecar: BlobSidecar;
  readonly gasLimit: bigint;
}

/**
 * Brings one intent's transaction into a block: sends it, sends the same bytes again when they were lost, outbids
 * itself when it is not mined, takes a new nonce when another transaction used up the old one. What a former key signed
 * is sent as it is, and signed anew once nothing can come of it any more.
 *
 * Three rules hold everywhere. A variant is stored and named by its intent before a node sees it. A variant is added by
 * compare-and-set on the intent as it was read, so of two workers one wins and the other sends nothing of its own. Each
 * call does at most one new thing, and every wait is left to the caller.
 */
export class TransactionManager {
  readonly #parts: TransactionManagerParts;

  constructor(parts: TransactionManagerParts) {
    this.#parts = parts;
  }

  /** Signs a variant for the account's next nonce at `head`, and stores its bytes; no intent names them yet. */
  async sign(draft: Draft, head: EthereumBlock, signal: AbortSignal): Promise<IntentVariant | Obstacle> {
    const { client, variants, offers, contract, chainId } = this.#parts;
    const { firstBlock, call, sidecar, gasLimit } = draft;
    // At the block where the call was tried: a count from another moment could name the nonce of the block before.
    const nonce = await client.transactionCount(variants.address, { blockHash: head.hash }, signal);
    const offer = await offers.offer(head, { gasLimit, blobs: sidecar.blobs.length }, undefined, signal);
    if (offer.kind === 'obstacle') return offer.obstacle;
    const { data, blobVersionedHashes } = call;
    const body = {
      chainId: await chainId(),
      nonce,
      to: contract.address,
      data,
      gasLimit,
      fees: offer.fees,
      blobVersionedHashes,
    };
    return await variants.create(firstBlock, body, sidecar);
  }

  /** Looks after an intent of which no variant is in a block of the chain. */
  async advance(intent: Intent, head: EthereumBlock, signal: AbortSignal): Promise<UpdateProgress> {
    const { client, contract } = this.#parts;
    const current = newestVariant(intent);
    const signer = current.signer as Hex;
    const count = await client.transactionCount(signer, 'latest', signal);
    if (count > current.nonce) return await this.#nonceUsed(intent, signal);
    if (this.#isFormer(signer) && (await contract.isOperator(signer, signal)) === false)
      return await this.#signAnew(
        intent,
        head,
        `its key ${signer} is no operator of the core contract any more`,
        signal,
      );

    const known = await client.transaction(current.hash as Hex, signal);
    // Only the lowest nonce can be mined next: outbidding a later one would change nothing.
    const stale = count === current.nonce && this.#isStale(current, head);
    if (known === undefined) {
      if (current.sent_at === null || !stale) return await this.#sendAgain(intent, head, signal);
      // Not every node shows what is in its pool. What cannot be outbid goes out again, for it may as well have been dropped.
      return await this.#replace(intent, head, signal, async (seen, why) => {
        const sent = await this.#sendAgain(seen, head, signal);
        // Where another node showed it, the obstacle is known already, and is still one.
        return sent.kind === 'pending' && seen.state === 'held' ? await this.#hold(sent.intent, why) : sent;
      });
    }
    if (known.blockNumber === null && stale) return await this.#replace(intent, head, signal);
    if (current.sent_at === null)
      return pending(await this.#noteSent(intent, current, head), 'sent, waits to be mined');
    return pending(intent, intent.state === 'held' ? 'in the pool, not outbid' : 'sent, waits to be mined');
  }

  /** Sends the current variant of an intent that was just signed. */
  async send(intent: Intent, head: EthereumBlock, signal: AbortSignal): Promise<UpdateProgress> {
    const sendable = await this.#load(intent);
    if (sendable === undefined) return overtaken(intent);
    return await this.#broadcast(sendable.intent, sendable.raw, head, signal);
  }

  /** Sends bytes that the node has never had, or has no more. */
  async #sendAgain(intent: Intent, head: EthereumBlock, signal: AbortSignal): Promise<UpdateProgress> {
    const current = newestVariant(intent);
    const signer = current.signer as Hex;
    if (this.#isFormer(signer) && !(await this.#parts.variants.isStored(current)))
      return await this.#hold(intent, formerKey(signer, `its stored transaction ${current.raw_path} is gone`));
    const sendable = await this.#load(intent);
    if (sendable === undefined) return overtaken(intent);
    const { body, sidecar, raw } = sendable;
    const load = { gasLimit: body.gasLimit, blobs: sidecar.blobs.length };
    const uncovered = await this.#parts.offers.uncovered(signer, head, body.fees, load, signal);
    if (uncovered !== undefined)
      return await this.#hold(
        sendable.intent,
        this.#isFormer(signer) ? formerKey(signer, uncovered.reason) : uncovered,
      );
    const refused = await this.#refused(body, head, sendable.intent, signal);
    return refused ?? (await this.#broadcast(sendable.intent, raw, head, signal));
  }

  async #broadcast(
    intent: Intent,
    raw: Uint8Array,
    head: EthereumBlock,
    signal: AbortSignal,
    mayReplace = true,
  ): Promise<UpdateProgress> {
    const { client, log } = this.#parts;
    const current = newestVariant(intent);
    const fields = { key: intent.key, hash: current.hash, nonce: current.nonce };
    signal.throwIfAborted();
    const { outcome, answer, nodeTrouble } = await sendRaw(client, raw, signal);
    if (answer !== '') log.debug({ ...fields, outcome, answer }, 'the Ethereum node did not take a transaction as new');
    switch (outcome) {
      case 'accepted':
        log.info(fields, 'state update sent');
        return pending(await this.#noteSent(intent, current, head), 'sent, waits to be mined');
      case 'underpriced':
        if (mayReplace) return await this.#replace(intent, head, signal);
        return pending(intent, `the node asks for higher fees (${answer})`);
      case 'insufficient-funds':
        return await this.#hold(intent, {
          kind: 'balance',
          reason: `balance: the node refuses the transaction (${answer})`,
        });
      case 'nonce-too-low':
        return pending(intent, `nonce ${current.nonce} is used; looking for the transaction that used it`);
      case 'nonce-too-high':
        return pending(intent, `waits for the transaction with the nonce before ${current.nonce}`);
      case 'pool-full':
        return pending(intent, `the node's pool takes no more (${answer})`);
      case 'refused':
        await this.#parts.records.note(intent, (stored) => ({
          variants: withVariant(stored, current.hash, { error: answer }),
        }));
        throw new OrchestratorError(
          'SETTLEMENT_ERROR',
          `the Ethereum node refuses the state update of block ${intent.last_block}: ${answer}`,
          {
            ...(nodeTrouble ? { retry: 'dependency-down', dependency: 'ethereum-node' } : { retry: 'transient' }),
            context: fields,
            hint: 'If it speaks of proofs, sidecar or wrapper version, the network and --disable-peerdas do not fit.',
          },
        );
    }
  }

  /**
   * A variant with the same nonce, call and blobs, and higher fees. Never clamped to the cap: what is too dear is held,
   * unless the caller knows something else to do.
   */
  async #replace(
    intent: Intent,
    head: EthereumBlock,
    signal: AbortSignal,
    otherwise?: (seen: Intent, why: Obstacle | FormerKey) => Promise<UpdateProgress>,
  ): Promise<UpdateProgress> {
    const { records, variants, offers, tuning, log } = this.#parts;
    const current = newestVariant(intent);
    const bumps = intent.variants.filter((variant) => haveOneNonce(variant, current)).length - 1;
    const giveUp = otherwise ?? this.#hold.bind(this);
    if (this.#isFormer(current.signer))
      return await giveUp(intent, formerKey(current.signer, 'its fees cannot be raised'));
    if (bumps >= tuning.maxFeeBumps) {
      const reason = `fees: raised ${bumps} times, which is the limit, and still not mined`;
      return await giveUp(intent, { kind: 'fees', reason });
    }
    const sendable = await this.#load(intent);
    if (sendable === undefined) return overtaken(intent);
    const { intent: seen, body, sidecar } = sendable;
    const load = { gasLimit: body.gasLimit, blobs: sidecar.blobs.length };
    const offer = await offers.offer(head, load, body.fees, signal);
    if (offer.kind === 'obstacle') return await giveUp(seen, offer.obstacle);
    const refused = await this.#refused(body, head, seen, signal);
    if (refused !== undefined) return refused;

    const variant = await variants.create(seen.first_block, { ...body, fees: offer.fees }, sidecar);
    signal.throwIfAborted();
    const next = await records.append(seen, variant);
    if (next === undefined) return overtaken(seen);
    log.info(
      { key: intent.key, hash: variant.hash, replaces: current.hash, nonce: variant.nonce, bump: bumps + 1 },
      'state update replaced with higher fees',
    );
    return await this.#broadcast(next, await variants.load(variant), head, signal, false);
  }

  /**
   * The account's count is past our nonce. Usually one of our variants is mined and its receipt was not there yet. That
   * it was a foreign transaction is believed only when it is as deep as a settled update, and still no receipt is ours.
   */
  async #nonceUsed(intent: Intent, signal: AbortSignal): Promise<UpdateProgress> {
    const { client, tuning } = this.#parts;
    const current = newestVariant(intent);
    const { head, standing, isDeep } = await nonceUseOf(client, intent, tuning.confirmations, signal);
    if (standing.kind !== 'unmined') return pending(intent, 'mined, waits for its receipt to settle');
    if (!isDeep) return pending(intent, `nonce ${current.nonce} is used; waits to see by which transaction`);
    const why = `a transaction that is not ours used nonce ${current.nonce} of ${current.signer}. Nothing else may use this key`;
    return await this.#signAnew(intent, head, why, signal);
  }

  /** For an intent whose newest variant can have no effect any more. */
  async #signAnew(intent: Intent, head: EthereumBlock, why: string, signal: AbortSignal): Promise<UpdateProgress> {
    const { variants, offers, log, preflight } = this.#parts;
    const current = newestVariant(intent);
    if (!(await variants.isStored(current)))
      throw new OrchestratorError(
        'OBJECT_NOT_FOUND',
        `${why}, and its stored transaction ${current.raw_path} is gone`,
        {
          context: { key: intent.key, path: current.raw_path },
          hint: 'Retry the job: the update is then signed anew from the data of the block.',
        },
      );
    const sendable = await this.#load(intent);
    if (sendable === undefined) return overtaken(intent);
    const { intent: seen, body, sidecar } = sendable;
    const load = { gasLimit: body.gasLimit, blobs: sidecar.blobs.length };
    const offer = await offers.offer(head, load, undefined, signal);
    if (offer.kind === 'obstacle') return await this.#hold(seen, offer.obstacle);
    const trial = await preflight(body, variants.address, head, signal);
    if (trial.kind === 'refused') return this.#refusal(trial, seen);
    log.warn({ key: intent.key }, `the state update is signed anew: ${why}`);
    return await this.resign(
      seen,
      { firstBlock: seen.first_block, call: body, sidecar, gasLimit: trial.gasLimit },
      head,
      signal,
    );
  }

  /** Adds a variant with a fresh nonce to an intent whose earlier variants can have no effect any more, and sends it. */
  async resign(intent: Intent, draft: Draft, head: EthereumBlock, signal: AbortSignal): Promise<UpdateProgress> {
    const variant = await this.sign(draft, head, signal);
    if ('kind' in variant) return await this.#hold(intent, variant);
    signal.throwIfAborted();
    const next = await this.#parts.records.append(intent, variant);
    if (next === undefined) return overtaken(intent);
    return await this.send(next, head, signal);
  }

  async #load(intent: Intent): Promise<SendableVariant | undefined> {
    const { tuning, ...parts } = this.#parts;
    return await sendableVariant({ ...parts, wrapperVersion: tuning.wrapperVersion }, intent);
  }

  #isFormer(signer: string): boolean {
    return signer !== this.#parts.variants.address;
  }

  #isStale(variant: IntentVariant, head: EthereumBlock): boolean {
    const { tuning } = this.#parts;
    const age = this.#parts.clock.now() - (variant.sent_at ?? variant.signed_at);
    const blocks = variant.sent_at_block === null ? null : head.number - variant.sent_at_block;
    // On a chain that stands still nothing is mined at any price.
    if (blocks !== null && blocks < 1) return false;
    return age >= tuning.resendAfterMs || (blocks !== null && blocks >= tuning.resendAfterBlocks);
  }

  async #refused(
    call: PreflightCall,
    head: EthereumBlock,
    intent: Intent,
    signal: AbortSignal,
  ): Promise<UpdateProgress | undefined> {
    const trial = await this.#parts.preflight(call, newestVariant(intent).signer as Hex, head, signal);
    return trial.kind === 'passed' ? undefined : this.#refusal(trial, intent);
  }

  #refusal(trial: Preflight & { kind: 'refused' }, intent: Intent): UpdateProgress {
    if (trial.meaning === 'wrong') return { kind: 'reverted', reason: trial.reason, intent };
    const where = trial.position === null ? '' : `, the contract stands at block ${trial.position}`;
    return pending(intent, `not sent: the contract would refuse it now (${trial.reason}${where})`);
  }

  async #hold(intent: Intent, { kind, reason }: Obstacle | FormerKey): Promise<UpdateProgress> {
    const held = await this.#parts.records.note(intent, (stored) => {
      // The numbers in a reason change with every block; only a reason of another kind is worth a write.
      const same = stored.state === 'held' && stored.hold_reason?.startsWith(`${kind}:`);
      return same ? undefined : { state: 'held', hold_reason: reason };
    });
    return { kind: 'held', reason, intent: held };
  }

  async #noteSent(intent: Intent, variant: IntentVariant, head: EthereumBlock): Promise<Intent> {
    const now = this.#parts.clock.now();
    return await this.#parts.records.note(intent, (stored) => {
      const sent = stored.variants.find(({ hash }) => hash === variant.hash)?.sent_at !== null;
      if (sent && stored.state === 'broadcast') return undefined;
      const variants = sent
        ? stored.variants
        : withVariant(stored, variant.hash, { sent_at: now, sent_at_block: head.number, error: null });
      return { state: 'broadcast', hold_reason: null, variants };
    });
  }
}

function pending(intent: Intent, note: string): UpdateProgress {
  return { kind: 'pending', note, intent };
}

const overtaken = (intent: Intent): UpdateProgress => pending(intent, 'another worker looks after this transaction');
