import type { BlockHeader, BlockMessages } from '../../starknet/starknet-node.ts';
import type { StateUpdate } from '../../starknet/state-update.ts';

/**
 * A chain that the local JSON-RPC server can serve: recorded in a folder or generated from a seed. Questions about a block
 * are asked only for blocks from `firstBlock()` (state also one before it) to `latestBlock()`.
 *
 * What the chain does not know is thrown as {@link NotRecorded}, never answered by a made-up value.
 */
export interface ServedChain {
  chainId(): bigint;
  firstBlock(): number;
  /** Newest block that exists by now; undefined before the first one. */
  latestBlock(): number | undefined;
  header(block: number): BlockHeader;
  stateUpdate(block: number): StateUpdate;
  /** Undefined when the chain was recorded from a node that could not tell. */
  messages(block: number): Omit<BlockMessages, 'assumed'> | undefined;
  /** Nonce at the end of the block; undefined for a contract that does not exist then. */
  nonce(block: number, address: bigint): bigint | undefined;
  /** Storage at the end of the block; 0 for what was never written. */
  storage(block: number, address: bigint, key: bigint): bigint;
  /** Class at the end of the block; undefined for a contract that does not exist then. */
  classHash(block: number, address: bigint): bigint | undefined;
  blockByHash(hash: bigint): number | undefined;
}

/** The chain has no answer: the look-up was not made when it was recorded. */
export class NotRecorded extends Error {
  override readonly name = 'NotRecorded';
}
