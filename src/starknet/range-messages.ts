import { type Blocks, ofEachBlock } from './blocks.ts';
import type { BlockMessages, StarknetNode } from './starknet-node.ts';

/** Messages of all blocks of a range, in block order; `assumed` when the node could not tell those of some block. */
export async function readRangeMessages(
  node: Pick<StarknetNode, 'blockMessages'>,
  range: Blocks,
): Promise<BlockMessages> {
  const messages = await ofEachBlock(range, (block) => node.blockMessages(block));
  return {
    toL1: messages.flatMap(({ toL1 }) => toL1),
    toL2: messages.flatMap(({ toL2 }) => toL2),
    assumed: messages.some(({ assumed }) => assumed),
  };
}
