import { existsSync } from 'node:fs';
import { WORDS_PER_BLOB } from '../../src/starknet/blob.ts';
import type { Blocks } from '../../src/starknet/blocks.ts';
import { encodedWordCount } from '../../src/starknet/range-size.ts';
import { squashRange } from '../../src/starknet/squash/squash-range.ts';
import type { StarknetNode } from '../../src/starknet/starknet-node.ts';
import type { StateUpdate } from '../../src/starknet/state-update.ts';
import { batch8373665Node } from '../../test/scripts/batch-8373665-node.ts';
import { chainOf } from './workload.ts';

/** Blocks that fill so many blobs when they are settled together. */
export interface DaCase {
  readonly blobs: number;
  readonly node: StarknetNode;
  readonly range: Blocks;
}

/** One blob and two, of the recorded Sepolia blocks where they are, else of generated ones. */
export async function daCases(): Promise<{ readonly data: string; readonly cases: readonly DaCase[] }> {
  const isRecorded = existsSync(new URL('../../../shared/vectors/batch/8373665', import.meta.url));
  const node = isRecorded ? batch8373665Node() : generatedNode();
  const first = isRecorded ? 789_878 : 1;
  const most = isRecorded ? 500 : 560;
  const cases = await Promise.all(
    [1, 2].map(async (blobs) => ({ blobs, node, range: await longestRange(node, first, most, blobs) })),
  );
  return { data: isRecorded ? 'Sepolia blocks from 789878 on, Starknet 0.13.5' : 'generated blocks', cases };
}

/**
 * The blocks of a case as one block, since a job of a single block squashes nothing; with every sample a little different,
 * so that nothing is remembered from the one before.
 */
export async function asOneBlock({ node, range }: DaCase): Promise<(sample: number) => StarknetNode> {
  const update = await squashRange(node, range.first, range.last);
  const [first, last] = await Promise.all([node.blockHeader(range.first), node.blockHeader(range.last)]);
  return (sample) => ({
    ...node,
    blockHeader: async () => ({ ...last, number: range.first, parentHash: first.parentHash }),
    stateUpdate: async () => withWrite(update, BigInt(sample + 2)),
  });
}

/** With another write in contract 0x1, where the OS keeps block hashes. */
function withWrite(update: StateUpdate, value: bigint): StateUpdate {
  const entry = { key: 1n, value };
  const storageDiffs = update.stateDiff.storageDiffs.map(({ address, entries }) =>
    address === 1n ? { address, entries: [entry, ...entries] } : { address, entries },
  );
  return { ...update, stateDiff: { ...update.stateDiff, storageDiffs } };
}

/** The most blocks whose words fit, with room for the write that tells samples apart. */
async function longestRange(node: StarknetNode, first: number, most: number, blobs: number): Promise<Blocks> {
  const room = blobs * WORDS_PER_BLOB - 8;
  const fits = async (count: number) => (await encodedWordCount(node, { first, last: first + count - 1 })) <= room;
  if (await fits(most)) return { first, last: first + most - 1 };
  let [enough, tooMany] = [1, most];
  while (tooMany - enough > 1) {
    const middle = Math.floor((enough + tooMany) / 2);
    if (await fits(middle)) enough = middle;
    else tooMany = middle;
  }
  return { first, last: first + enough - 1 };
}

function generatedNode(): StarknetNode {
  const { updates, aliases } = chainOf(600, 30);
  const update = (block: number): StateUpdate => {
    const found = updates[block];
    if (found === undefined) throw new Error(`there is no block ${block}`);
    return found;
  };
  return {
    chainId: async () => 1n,
    latestBlockNumber: async () => updates.length - 1,
    blockHeader: async (block) => ({
      number: block,
      hash: update(block).blockHash,
      parentHash: BigInt(block - 1),
      newRoot: update(block).newRoot,
      starknetVersion: '0.13.5',
      timestamp: block,
    }),
    stateUpdate: async (block) => update(block),
    blockMessages: async () => ({ toL1: [], toL2: [], assumed: false }),
    nonces: async (_, addresses) => addresses.map(() => 1n),
    storage: async (_, slots) => slots.map(({ address, key }) => (address === 2n ? (aliases.get(key) ?? 0n) : 0n)),
    classHashes: async (_, addresses) => addresses.map(() => 1n),
  };
}
