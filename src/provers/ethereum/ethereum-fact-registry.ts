import { decodeFunctionResult, encodeFunctionData, type Hex, isAddress, keccak256, parseAbi } from 'viem';
import type { Clock } from '../../clock/clock.ts';
import { OrchestratorError } from '../../errors/orchestrator-error.ts';
import { headOf } from '../../settlement/ethereum/chain-standing.ts';
import type { EthereumBlock, EthereumClient } from '../../settlement/ethereum/ethereum-client.ts';
import { revertReason } from '../../settlement/ethereum/revert-reason.ts';
import { EthereumRpcError } from '../../settlement/ethereum/rpc-error.ts';
import { sendOutcomeOf } from '../../settlement/ethereum/send-outcome.ts';
import type { OrdinaryTransaction, TransactionSigner } from '../../settlement/ethereum/transaction-signer.ts';
import type { Log } from '../../telemetry/log.ts';
import type { FactRegistrar, FactRegistry } from '../fact-registry.ts';
import { freshFees, raisedFees } from './registration-fees.ts';

const abi = parseAbi(['function isValid(bytes32 fact) view returns (bool)', 'function registerFact(bytes32 fact)']);

export interface EthereumFactRegistryOptions {
  readonly client: EthereumClient;
  /** Of the registry that the core contract was set up with. */
  readonly address: string;
  /** Depth at which a fact counts; 1 = in the newest block. */
  readonly confirmations: number;
}

/** {@link FactRegistry} on Ethereum. */
export class EthereumFactRegistry implements FactRegistry {
  readonly address: Hex;
  readonly #client: EthereumClient;
  readonly #confirmations: number;

  constructor({ client, address, confirmations }: EthereumFactRegistryOptions) {
    if (!isAddress(address, { strict: false }))
      throw new OrchestratorError('CONFIG_INVALID', `the fact registry address is not an Ethereum address: ${address}`);
    this.address = address.toLowerCase() as Hex;
    this.#client = client;
    this.#confirmations = confirmations;
  }

  async isValid(fact: string, signal?: AbortSignal): Promise<boolean> {
    if (this.#confirmations <= 1) return await this.isIncluded(fact, signal);
    const head = await this.#client.block('latest', signal);
    const depth = Math.max(0, (head?.number ?? 0) - (this.#confirmations - 1));
    return (await this.#read(fact, depth, signal)) ?? false;
  }

  /** Whether the newest block has it. Fails with FACT_REGISTRY where there is no registry at the address. */
  async isIncluded(fact: string, signal?: AbortSignal): Promise<boolean> {
    const answer = await this.#read(fact, 'latest', signal);
    if (answer !== undefined) return answer;
    throw new OrchestratorError('FACT_REGISTRY', `there is no fact registry at ${this.address}`, {
      context: { address: this.address },
      hint: 'Check the fact registry address and that the RPC URL belongs to the right chain.',
    });
  }

  async #read(fact: string, at: number | 'latest', signal: AbortSignal | undefined): Promise<boolean | undefined> {
    let data: Hex;
    try {
      data = await this.#client.call(
        { to: this.address, data: encodeFunctionData({ abi, functionName: 'isValid', args: [factBytes(fact)] }) },
        at,
        signal,
      );
    } catch (error) {
      if (revertReason(error) !== undefined) return undefined;
      throw error;
    }
    return data === '0x' ? undefined : decodeFunctionResult({ abi, functionName: 'isValid', data });
  }
}

export interface EthereumFactRegistrarOptions extends EthereumFactRegistryOptions {
  /** Not the settlement key: a node refuses one account in its blob pool and its ordinary pool at once. */
  readonly signer: TransactionSigner;
  readonly clock: Clock;
  readonly log: Log;
  /** A registration that is not mined after this time, though blocks are, is sent again with higher fees. */
  readonly resendAfterMs: number;
}

interface SentRegistration {
  readonly transaction: OrdinaryTransaction;
  readonly hash: Hex;
  readonly at: number;
  /** Newest block at that time. */
  readonly atBlock: number;
  /** Times that its fees were raised. */
  readonly raises: number;
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
    const head = await headOf(this.#options.client, signal);
    // On a chain that stands still nothing is mined at any price.
    if (head.number <= before.atBlock) return;
    const fees = raisedFees(before.transaction, before.raises, head.baseFeePerGas);
    if (fees === undefined) return;
    try {
      await this.#send(fact, { ...before.transaction, ...fees }, head, before.raises + 1, signal);
    } catch (error) {
      throw error instanceof EthereumRpcError ? this.#refused(fact, error) : error;
    }
  }

  async #sendFresh(fact: string, data: Hex, signal: AbortSignal | undefined): Promise<void> {
    const { client, clock, signer } = this.#options;
    this.#chainId ??= await client.chainId(signal);
    for (let attempt = 1; ; attempt++) {
      const nonce = await client.transactionCount(signer.address, 'pending', signal);
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
        await this.#send(fact, transaction, head, 0, signal);
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

  /** Fails with the node's own error, except that a transaction it has already is fine. */
  async #send(
    fact: string,
    transaction: OrdinaryTransaction,
    head: EthereumBlock,
    raises: number,
    signal: AbortSignal | undefined,
  ): Promise<void> {
    const { client, clock, log, signer } = this.#options;
    const raw = await signer.signOrdinary(transaction);
    signal?.throwIfAborted();
    try {
      await client.sendRawTransaction(raw, signal);
    } catch (error) {
      if (!(error instanceof EthereumRpcError) || sendOutcomeOf(error) !== 'accepted') throw error;
    }
    const hash = keccak256(raw);
    this.#sent.set(fact, { transaction, hash, at: clock.now(), atBlock: head.number, raises });
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

function factBytes(fact: string): Hex {
  if (/^0x[0-9a-fA-F]{64}$/.test(fact)) return fact as Hex;
  throw new OrchestratorError('FACT_REGISTRY', `a fact has 32 bytes of hex, not ${fact}`);
}
