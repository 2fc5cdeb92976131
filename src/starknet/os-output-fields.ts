import type { MessageToL1, MessageToL2 } from './starknet-node.ts';

/**
 * Program output of the Starknet OS (0.13.2 and later), as the core contract reads it:
 *
 *     0 previous root   1 new root   2 previous block number (felt -1 before the first block)   3 new block number
 *     4 previous hash   5 new hash   6 OS program hash (0 unless the aggregator made the output)   7 config hash
 *     8 KZG flag        9 full-output flag
 *     with KZG: z, n, n x (commitment low 192, high 192 bits), n x (evaluation low 128, high 128 bits)
 *     size in words of the L2->L1 messages, then each: from, to, k, k payload words
 *     size in words of the L1->L2 messages, then each: from, to, nonce, selector, k, k payload words
 *     without KZG: the published state difference
 */
export interface OsOutput {
  readonly initialRoot: bigint;
  readonly finalRoot: bigint;
  /** -1 before the first block of a chain. */
  readonly prevBlockNumber: number;
  readonly newBlockNumber: number;
  readonly prevBlockHash: bigint;
  readonly newBlockHash: bigint;
  readonly osProgramHash: bigint;
  readonly configHash: bigint;
  readonly useKzgDa: boolean;
  readonly fullOutput: boolean;
  /** Present exactly when `useKzgDa`. */
  readonly kzg?: KzgSection;
  readonly messagesToL1: readonly MessageToL1[];
  readonly messagesToL2: readonly MessageToL2[];
  /** Words after the messages; only without KZG, and then only when there are any. */
  readonly stateDiffWords?: readonly bigint[];
}

export interface KzgSection {
  /** The point of evaluation, a felt. */
  readonly z: bigint;
  /** 48 bytes for each blob. */
  readonly commitments: readonly Uint8Array[];
  /** Value of each blob's polynomial at z, below 2^256. */
  readonly evaluations: readonly bigint[];
}

/** What the OS put out before 0.13.2: one blob or none, one block, no previous number and hash. */
export interface LegacyOsOutput {
  readonly initialRoot: bigint;
  readonly finalRoot: bigint;
  readonly blockNumber: number;
  readonly blockHash: bigint;
  readonly configHash: bigint;
  readonly useKzgDa: boolean;
  /** Present exactly when `useKzgDa`; one commitment, one evaluation. */
  readonly kzg?: KzgSection;
  readonly messagesToL1: readonly MessageToL1[];
  readonly messagesToL2: readonly MessageToL2[];
  /** Words after the messages; only without KZG, and then only when there are any. */
  readonly stateDiffWords?: readonly bigint[];
}
