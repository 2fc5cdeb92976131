import type { Intent } from '../database/intent-store.ts';

/**
 * The core contract on the settlement layer, and the one key that writes to it. Every write is an intent: signed and
 * persisted first, then broadcast; after a crash it is recovered, never signed anew.
 */
export interface Settlement {
  /** `ethereum:<chain id>` */
  chainId(): Promise<string>;
  /** Core contract's view of the chain, at the newest block or `confirmations - 1` blocks below it. */
  state(at: 'included' | 'confirmed'): Promise<SettledState>;
  /** What the contract settles with; constant for a deployment. */
  parameters(): Promise<SettlementParameters>;
  /** State that the contract logged when it settled the block; undefined when no update ended there. */
  settledAt(block: number): Promise<SettledState | undefined>;

  /**
   * Makes sure that one transaction carries this update: finds the intent under `key` or signs and persists one, then
   * broadcasts it. Calling it again does what {@link track} does, and signs anew after a revert.
   */
  submit(update: StateUpdateRequest): Promise<SubmittedUpdate>;
  /**
   * Where the update stands, from its intent and the chain. Looks after the transaction on the way: sends lost bytes
   * again, replaces what is not mined in time, takes a new nonce when a stranger used the old one.
   */
  track(key: string, signal: AbortSignal): Promise<UpdateProgress>;
}

/** -1, 0, 0 before the first block. */
export interface SettledState {
  readonly blockNumber: number;
  readonly root: bigint;
  readonly blockHash: bigint;
}

export interface SettlementParameters {
  readonly programHash: bigint;
  /** 0 where the contract has none. */
  readonly aggregatorProgramHash: bigint;
  readonly configHash: bigint;
}

export interface StateUpdateRequest {
  /** `<job id>:<first block>:state-update` */
  readonly key: string;
  readonly jobId: string;
  readonly firstBlock: number;
  readonly lastBlock: number;
  readonly programOutput: readonly bigint[];
  /** 131,072 bytes each, in the order of the output's commitments. */
  readonly blobs: readonly Uint8Array[];
  readonly signal: AbortSignal;
}

export interface SubmittedUpdate {
  readonly intent: Intent;
}

/** `txHash` is that of the variant that was mined. */
export type UpdateProgress =
  /** No intent is stored under the key. */
  | { readonly kind: 'unknown' }
  | { readonly kind: 'pending'; readonly note: string; readonly intent: Intent }
  /** Fees above the cap or balance too low: nothing is sent until that changes. */
  | { readonly kind: 'held'; readonly reason: string; readonly intent: Intent }
  /** Included but not yet deep enough. */
  | {
      readonly kind: 'included';
      readonly block: number;
      readonly confirmations: number;
      readonly txHash: string;
      readonly intent: Intent;
    }
  | {
      readonly kind: 'confirmed';
      readonly block: number;
      readonly gasUsed: bigint;
      readonly txHash: string;
      readonly intent: Intent;
    }
  | { readonly kind: 'reverted'; readonly reason: string; readonly intent: Intent };
