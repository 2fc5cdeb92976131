import { encodeFunctionData, type Hex, keccak256, parseAbi } from 'viem';
import type { Clock } from '../../clock/clock.ts';
import { OrchestratorError } from '../../errors/orchestrator-error.ts';
import { headOf } from '../../settlement/ethereum/chain-standing.ts';
import type { EthereumBlock } from '../../settlement/ethereum/ethereum-client.ts';
import { revertReason } from '../../settlement/ethereum/revert-reason.ts';
import { EthereumRpcError } from '../../settlement/ethereum/rpc-error.ts';
import { sendOutcomeOf } from '../../settlement/ethereum/send-outcome.ts';
import type { OrdinaryTransaction, TransactionSigner } from '../../settlement/ethereum/transaction-signer.ts';
import type { Log } from '../../telemetry/log.ts';
import type { FactRegistrar } from '../fact-registry.ts';
import { EthereumFactRegistry, type EthereumFactRegistryOptions, factBytes } from './ethereum-fact-registry.ts';
import { freshFees, raisedFees } from './registration-fees.ts';

const abi = parseAbi(['function registerFact(bytes32 fact)']);

export interface EthereumFactRegistrarOptions extends EthereumFactRegistryOptions {
  /** Not the settlement key: a node refuses one account in its blob pool and its ordinary pool at once. */
  readonly signer: TransactionSigner;
  readonly clock: Clock;
  readonly log: Log;
  /** A registration that is not mined after this time, though blocks are, is sent again with higher fees. */
  readonly resendAfterMs: number;
}

interface Offer {
  readonly transaction: OrdinaryTransaction;
  /** Times that its fees were raised. */
  readonly raises: number;
}

/** What is looked at before a registration is sent. */
interface View {
  /** Newest block. */
  readonly head: EthereumBlock;
  /** The account's next nonce, pool not counted. */
  readonly next: number;
}

interface SentRegistration extends Offer, View {
  readonly hash: Hex;
  readonly at: number;
}

const GAS_LIMIT = 100_000n;
/** Tries to find a nonce that no other process with this key takes at the same moment. */
const NONCE_ATTEMPTS = 6;
const NONCE_RETRY_MS = 100;

/**
 * Registers facts with `registerFact(bytes32)`. What it sent is remembered in memory only: after a restart a fact may be
 * sent twice, which the contract takes without effect. Several processes may share the key.
 */
export class EthereumFactRegistrar extends EthereumFactRegistry implements FactRegistrar {
  readonly #options: EthereumFactRegistrarOptions;
  readonly #sent = new Map<string, SentRegistration>();
  /** Sends of this process, one after the other: each takes the nonce after the one before. */
  #turn: Promise<void> = Promise.resolve();
  #chainId: number | undefined;

  constructor(options: EthereumFactRegistrarOptions) {
    super(options);
    this.#options = options;
  }

  override async isValid(fact: string, signal?: AbortSignal): Promise<boolean> {
    const valid = await super.isValid(fact, signal);
    // Nobody registers it again: what is known of its transaction may go.
    if (valid) this.#sent.delete(fact);
    return valid;
  }

  async register(fact: string, signal?: AbortSignal): Promise<void> {
    const data = encodeFunctionData({ abi, functionName: 'registerFact', args: [factBytes(fact)] });
    if (await this.isIncluded(fact, signal)) {
      this.#sent.delete(fact);
      return;
    }
    const turn = this.#turn.then(() => this.#sendUnlessUnderWay(fact, data, signal));
    this.#turn = turn.catch(() => undefined);
    await turn;
  }

  async #sendUnlessUnderWay(fact: string, data: Hex, signal: AbortSignal | undefined): Promise<void> {
    const { client, clock, resendAfterMs } = this.#options;
    const before = this.#sent.get(fact);
    if (before !== undefined && clock.now() - before.at < resendAfterMs) return;
    const waiting = before === undefined ? undefined : await client.transaction(before.hash, signal);
    if (before !== undefined && waiting?.blockNumber === null) await this.#outbid(fact, before, signal);
    else await this.#sendFresh(fact, data, signal);
  }

  /** Leaves the registration in the pool as it is where higher fees would not help. */
  async #outbid(fact: string, before: SentRegistration, signal: AbortSignal | undefined): Promise<void> {
    const { client, clock, signer } = this.#options;
    const head = await headOf(client, signal);
    // On a chain that stands still nothing is mined at any price.
    if (head.number <= before.head.number) return;
    const next = await client.transactionCount(signer.address, 'latest', signal);
    const view = { head, next };
    if (next > before.next) {
      // The row moves: its turn comes, or came just now.
      this.#sent.set(fact, { ...before, ...view, at: clock.now() });
      return;
    }
    if (next < before.transaction.nonce) await this.#unblock(fact, before.transaction, view, signal);
    else await this.#raise(fact, before, view, signal);
  }

  /**
   * The next nonce is that of a registration that nobody raises: from before a restart, or of a fact that is not asked for
   * any more. This one takes its place, unless it is one of ours that may still be mined.
   */
  async #unblock(
    fact: string,
    transaction: OrdinaryTransaction,
    view: View,
    signal: AbortSignal | undefined,
  ): Promise<void> {
    const { clock, log, resendAfterMs } = this.#options;
    const { head, next } = view;
    const recently = clock.now() - resendAfterMs;
    const isOurs = [...this.#sent.values()].some((sent) => sent.transaction.nonce === next && sent.at > recently);
    if (isOurs) return;
    log.warn({ fact, nonce: next }, 'a transaction is not mined and keeps fact registrations back; replacing it');
    const offered = { transaction: { ...transaction, nonce: next, ...freshFees(head.baseFeePerGas) }, raises: 0 };
    await this.#replace(fact, offered, view, signal);
  }

  /** Offers more where the node asks for more. That another transaction was mined instead shows at the next look. */
  async #replace(fact: string, offer: Offer, view: View, signal: AbortSignal | undefined): Promise<void> {
    try {
      await this.#send(fact, offer, view, signal);
    } catch (error) {
      if (!(error instanceof EthereumRpcError)) throw error;
      const outcome = sendOutcomeOf(error);
      if (outcome === 'nonce-too-low') return;
      if (outcome !== 'underpriced') throw this.#refused(fact, error);
      await this.#raise(fact, offer, view, signal);
    }
  }

  async #raise(fact: string, offer: Offer, view: View, signal: AbortSignal | undefined): Promise<void> {
    const { transaction, raises } = offer;
    const fees = raisedFees(transaction, raises, view.head.baseFeePerGas);
    if (fees !== undefined) {
      await this.#replace(fact, { transaction: { ...transaction, ...fees }, raises: raises + 1 }, view, signal);
      return;
    }
    const { nonce } = transaction;
    this.#options.log.warn({ fact, nonce }, 'fact registration is not mined, and its fees are not raised any more');
  }

  async #sendFresh(fact: string, data: Hex, signal: AbortSignal | undefined): Promise<void> {
    const { client, clock, signer } = this.#options;
    this.#chainId ??= await client.chainId(signal);
    await this.#try(fact, data, signal);
    for (let attempt = 1; ; attempt++) {
      const nonce = await client.transactionCount(signer.address, 'pending', signal);
      const next = await client.transactionCount(signer.address, 'latest', signal);
      const head = await headOf(client, signal);
      const transaction = {
        chainId: this.#chainId,
        nonce,
        to: this.address,
        data,
        gasLimit: GAS_LIMIT,
        ...freshFees(head.baseFeePerGas),
      };
      try {
        await this.#send(fact, { transaction, raises: 0 }, { head, next }, signal);
        return;
      } catch (error) {
        if (!(error instanceof EthereumRpcError)) throw error;
        const outcome = sendOutcomeOf(error);
        const taken = outcome === 'nonce-too-low' || outcome === 'underpriced';
        if (!taken || attempt >= NONCE_ATTEMPTS) throw this.#refused(fact, error);
        await clock.sleep(NONCE_RETRY_MS * attempt, signal);
      }
    }
  }

  /** A registry that refuses would take the gas each time. */
  async #try(fact: string, data: Hex, signal: AbortSignal | undefined): Promise<void> {
    const { client, signer } = this.#options;
    try {
      await client.call({ to: this.address, data, from: signer.address }, 'latest', signal);
    } catch (error) {
      const reason = revertReason(error);
      if (reason === undefined) throw error;
      throw new OrchestratorError('FACT_REGISTRY', `the fact registry ${this.address} refuses a fact: ${reason}`, {
        context: { fact, address: this.address, account: signer.address, reason },
        cause: error,
        hint: 'Check the fact registry address, and whether it takes facts from the account of --fact-registry-private-key.',
      });
    }
  }

  /** Fails with the node's own error, except that a transaction it has already is fine. */
  async #send(fact: string, offer: Offer, view: View, signal: AbortSignal | undefined): Promise<void> {
    const { client, clock, log, signer } = this.#options;
    const { transaction, raises } = offer;
    const raw = await signer.signOrdinary(transaction);
    signal?.throwIfAborted();
    try {
      await client.sendRawTransaction(raw, signal);
    } catch (error) {
      if (!(error instanceof EthereumRpcError) || sendOutcomeOf(error) !== 'accepted') throw error;
    }
    const hash = keccak256(raw);
    this.#sent.set(fact, { transaction, raises, ...view, hash, at: clock.now() });
    log.debug({ fact, hash, nonce: transaction.nonce, raises }, 'fact registration sent');
  }

  #refused(fact: string, cause: EthereumRpcError): OrchestratorError {
    const poor = sendOutcomeOf(cause) === 'insufficient-funds';
    const dependency = poor ? 'fact-registry-balance' : cause.dependency;
    return new OrchestratorError('FACT_REGISTRY', `the fact ${fact} could not be registered: ${cause.rpcMessage}`, {
      ...(dependency === undefined ? { retry: 'transient' } : { retry: 'dependency-down', dependency }),
      cause,
      context: { fact, address: this.address, account: this.#options.signer.address },
      ...(poor ? { hint: `Send ether to ${this.#options.signer.address}.` } : {}),
    });
  }
}
