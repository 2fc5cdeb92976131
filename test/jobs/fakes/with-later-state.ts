import type { StarknetNode } from '../../../src/starknet/starknet-node.ts';

/** Written value by block, ascending. */
type Writes = readonly { readonly block: number; readonly value: bigint }[];

/**
 * A node that knows the state before its first block, extended by the state after each of its blocks, as their updates
 * leave it.
 */
export async function withLaterState(node: StarknetNode, first: number, last: number): Promise<StarknetNode> {
  const slots = new Map<string, Writes>();
  const classes = new Map<bigint, Writes>();
  for (let block = first; block <= last; block++) {
    const { stateDiff } = await node.stateUpdate(block);
    for (const { address, entries } of stateDiff.storageDiffs)
      for (const { key, value } of entries) append(slots, `${address}.${key}`, block, value);
    for (const { address, classHash } of [...stateDiff.replacedClasses, ...stateDiff.deployedContracts])
      append(classes, address, block, classHash);
  }
  return {
    ...node,
    storage: async (block, asked) => {
      const before = await node.storage(first - 1, asked);
      return asked.map(({ address, key }, i) => latest(slots.get(`${address}.${key}`), block) ?? before[i] ?? 0n);
    },
    classHashes: async (block, asked) => {
      const before = await node.classHashes(first - 1, asked);
      return asked.map((address, i) => latest(classes.get(address), block) ?? before[i]);
    },
  };
}

function append<Key>(all: Map<Key, Writes>, key: Key, block: number, value: bigint): void {
  all.set(key, [...(all.get(key) ?? []), { block, value }]);
}

function latest(writes: Writes | undefined, block: number): bigint | undefined {
  return writes?.findLast((write) => write.block <= block)?.value;
}
