import { describe, expect, it } from '@jest/globals';
import type { StarknetNode } from '../../src/starknet/starknet-node.ts';
import { stoppableNode } from '../../src/starknet/stoppable-node.ts';

/** Answers each call with its own name and arguments. */
function echo(asked: string[]): StarknetNode {
  const method = (name: string) =>
    (async (...args: unknown[]) => {
      asked.push(name);
      return [name, ...args];
    }) as never;
  return {
    chainId: method('chainId'),
    latestBlockNumber: method('latestBlockNumber'),
    blockHeader: method('blockHeader'),
    stateUpdate: method('stateUpdate'),
    blockMessages: method('blockMessages'),
    nonces: method('nonces'),
    storage: method('storage'),
    classHashes: method('classHashes'),
  };
}

const calls = (node: StarknetNode): Record<keyof StarknetNode, () => Promise<unknown>> => ({
  chainId: () => node.chainId(),
  latestBlockNumber: () => node.latestBlockNumber(),
  blockHeader: () => node.blockHeader(7),
  stateUpdate: () => node.stateUpdate(7),
  blockMessages: () => node.blockMessages(7),
  nonces: () => node.nonces(7, [1n]),
  storage: () => node.storage(7, [{ address: 1n, key: 2n }]),
  classHashes: () => node.classHashes(7, [1n]),
});

describe('a node for one piece of work', () => {
  it('answers as the node itself does', async () => {
    const node = echo([]);
    const stoppable = calls(stoppableNode(node, new AbortController().signal));
    for (const [name, ask] of Object.entries(calls(node)))
      expect(await stoppable[name as keyof StarknetNode]()).toEqual(await ask());
  });

  it('asks nothing more once the work is stopped, and fails with the reason', async () => {
    const asked: string[] = [];
    const stop = new AbortController();
    const stoppable = calls(stoppableNode(echo(asked), stop.signal));
    stop.abort(new Error('lease lost'));
    for (const ask of Object.values(stoppable)) await expect(ask()).rejects.toThrow('lease lost');
    expect(asked).toEqual([]);
  });
});
