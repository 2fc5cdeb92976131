import type { Hex } from 'viem';
import { OrchestratorError } from '../../errors/orchestrator-error.ts';
import type { EthereumBlock, EthereumClient } from './ethereum-client.ts';
import { type BlobFees, type FeePolicy, quoteFees, replacementFees, worstCaseCost } from './fees.ts';

/** Why a transaction cannot be sent now. Both kinds pass without anybody touching the job. */
export interface Obstacle {
  readonly kind: 'fees' | 'balance';
  /** Begins with the kind and a colon. */
  readonly reason: string;
}

export type Offer =
  | { readonly kind: 'offer'; readonly fees: BlobFees }
  | { readonly kind: 'obstacle'; readonly obstacle: Obstacle };

/** Size of what is offered for. */
export interface Load {
  readonly gasLimit: bigint;
  readonly blobs: number;
}

/** Fees for the market at one block, held against the cap and the account's balance. */
export class FeeOffers {
  readonly #client: EthereumClient;
  readonly #account: Hex;
  readonly #policy: FeePolicy;

  constructor(client: EthereumClient, account: Hex, policy: FeePolicy) {
    this.#client = client;
    this.#account = account;
    this.#policy = policy;
  }

  /** For a first transaction, or for one that replaces `previous`. */
  async offer(head: EthereumBlock, load: Load, previous: BlobFees | undefined, signal: AbortSignal): Promise<Offer> {
    const market = { baseFeePerGas: head.baseFeePerGas, blobBaseFee: await this.#client.blobBaseFee(signal) };
    const fees =
      previous === undefined ? quoteFees(market, this.#policy) : replacementFees(previous, market, this.#policy);
    const cost = worstCaseCost(fees, load.gasLimit, load.blobs);
    if (cost > this.#policy.maxFeeWei) {
      const reason = `fees: the transaction may cost ${cost} wei, the cap is ${this.#policy.maxFeeWei} wei`;
      return { kind: 'obstacle', obstacle: { kind: 'fees', reason } };
    }
    const obstacle = await this.uncovered(this.#account, head, fees, load, signal);
    return obstacle === undefined ? { kind: 'offer', fees } : { kind: 'obstacle', obstacle };
  }

  /** Set when an account does not cover the worst case, which nodes ask for before they take a transaction. */
  async uncovered(
    account: Hex,
    head: EthereumBlock,
    fees: BlobFees,
    load: Load,
    signal: AbortSignal,
  ): Promise<Obstacle | undefined> {
    const cost = worstCaseCost(fees, load.gasLimit, load.blobs);
    const balance = await this.#client.balance(account, { blockHash: head.hash }, signal);
    if (balance >= cost) return undefined;
    return {
      kind: 'balance',
      reason: `balance: ${account} holds ${balance} wei, the transaction may cost ${cost} wei`,
    };
  }

  /** As an error that costs no attempt, and raises one alert when it begins and one when it ends, like a dependency that is down. */
  asError({ kind, reason }: Obstacle): OrchestratorError {
    return new OrchestratorError(
      kind === 'fees' ? 'SETTLEMENT_FEE_CAP' : 'SETTLEMENT_BALANCE',
      `settlement waits: ${reason}`,
      {
        retry: 'dependency-down',
        dependency: `settlement-${kind}`,
        hint:
          kind === 'fees' ? 'Raise the cap, or wait until the price of gas falls.' : `Send ether to ${this.#account}.`,
      },
    );
  }
}
