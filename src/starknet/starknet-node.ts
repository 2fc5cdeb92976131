import type { StateUpdate } from './state-update.ts';

/** What the pipeline needs from a Starknet node. Only final blocks are ever answered. */
export interface StarknetNode {
  /** Chain id as a felt, for example that of `SN_SEPOLIA`. */
  chainId(): Promise<bigint>;
  /** Number of the newest final block; undefined before the first one. */
  latestBlockNumber(): Promise<number | undefined>;
  /** Fails with BLOCK_NOT_FOUND when the node does not have the block yet. */
  blockHeader(block: number): Promise<BlockHeader>;
  stateUpdate(block: number): Promise<StateUpdate>;
  /** Messages of a block; `assumed` when the node cannot tell (no receipts method) and none were assumed. */
  blockMessages(block: number): Promise<BlockMessages>;
  /** Nonces at the end of the block, in the order of the addresses. A contract that does not exist is an error. */
  nonces(block: number, addresses: readonly bigint[]): Promise<bigint[]>;
  /** Storage at the end of the block; a contract that does not exist has 0 everywhere. */
  storage(block: number, slots: readonly StorageSlot[]): Promise<bigint[]>;
  /** Class hashes at the end of the block; undefined for a contract that does not exist. */
  classHashes(block: number, addresses: readonly bigint[]): Promise<(bigint | undefined)[]>;
}

export interface StorageSlot {
  readonly address: bigint;
  readonly key: bigint;
}

export interface BlockHeader {
  readonly number: number;
  readonly hash: bigint;
  readonly parentHash: bigint;
  /** State root after the block. */
  readonly newRoot: bigint;
  /** For example `0.13.5`; empty on very old blocks. */
  readonly starknetVersion: string;
  /** Unix seconds. */
  readonly timestamp: number;
}

export interface BlockMessages {
  readonly toL1: readonly MessageToL1[];
  readonly toL2: readonly MessageToL2[];
  /** True when the node could not tell and none were assumed. */
  readonly assumed: boolean;
}

/** L2 -> L1. */
export interface MessageToL1 {
  readonly from: bigint;
  /** Ethereum address as an integer. */
  readonly to: bigint;
  readonly payload: readonly bigint[];
}

/** L1 -> L2, consumed by an L1_HANDLER transaction. */
export interface MessageToL2 {
  /** Ethereum address as an integer. */
  readonly from: bigint;
  readonly to: bigint;
  readonly nonce: bigint;
  readonly selector: bigint;
  readonly payload: readonly bigint[];
}
