import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { OrchestratorError } from '../../src/errors/orchestrator-error.ts';
import { squashRange } from '../../src/starknet/squash/squash-range.ts';
import type { StarknetNode } from '../../src/starknet/starknet-node.ts';
import type { StateUpdate } from '../../src/starknet/state-update.ts';
import { expectCode } from '../starknet/expect-code.ts';
import { differenceOf, type TinyChain, tinyChain } from './block-model.ts';

type Asked = { readonly method: string; readonly block: number; readonly count: number };

/** The part of a node that squashing uses; it notes what it was asked, and how many updates were under way at once. */
function nodeOf(chain: TinyChain) {
  const asked: Asked[] = [];
  let underWay = 0;
  let mostUnderWay = 0;
  const refuse = () => Promise.reject(new Error('not to be asked'));
  const node: StarknetNode = {
    chainId: refuse,
    latestBlockNumber: refuse,
    blockHeader: refuse,
    blockMessages: refuse,
    nonces: refuse,
    async stateUpdate(block) {
      underWay++;
      mostUnderWay = Math.max(mostUnderWay, underWay);
      await Promise.resolve();
      underWay--;
      const update = chain.updates[block];
      if (update === undefined) throw new OrchestratorError('BLOCK_NOT_FOUND', `block ${block} is not there`);
      return update;
    },
    async storage(block, slots) {
      asked.push({ method: 'storage', block, count: slots.length });
      return slots.map(({ address, key }) => chain.states[block + 1]?.storage(address, key) ?? 0n);
    },
    async classHashes(block, addresses) {
      asked.push({ method: 'classHashes', block, count: addresses.length });
      return addresses.map((address) => chain.states[block + 1]?.classHash(address));
    },
  };
  return { node, asked, mostUnderWay: () => mostUnderWay };
}

/** A chain of two blocks on one that has contract 0x9; the second writes `writes` of its slots. */
function chainOf(writes: number): TinyChain {
  const [template] = fc.sample(tinyChain({ minLength: 3, maxLength: 3 }), { numRuns: 1, seed: 1 });
  if (template === undefined) throw new Error('unreachable');
  const empty = {
    storageDiffs: [],
    nonces: [],
    deployedContracts: [],
    replacedClasses: [],
    declaredClasses: [],
    migratedCompiledClasses: [],
    deprecatedDeclaredClasses: [],
  };
  const entries = Array.from({ length: writes }, (_, key) => ({ key: BigInt(key), value: 1n }));
  const diffs: StateUpdate['stateDiff'][] = [
    { ...empty, deployedContracts: [{ address: 9n, classHash: 1n }] },
    { ...empty, storageDiffs: [{ address: 9n, entries }] },
    { ...empty, nonces: [{ address: 9n, nonce: 1n }] },
  ];
  const states = template.states.map((state, index) => {
    const copy = state.copy();
    if (index > 0) copy.classes.set(9n, 1n);
    return copy;
  });
  return {
    states,
    updates: diffs.map((stateDiff, index) => ({
      blockHash: BigInt(index),
      oldRoot: BigInt(index),
      newRoot: BigInt(index + 1),
      stateDiff,
    })),
  };
}

describe('squash of a range', () => {
  it('is the difference of the states, with all look-ups at the block before', async () => {
    await fc.assert(
      fc.asyncProperty(tinyChain({ minLength: 2, maxLength: 6 }), fc.nat(), fc.nat(), async (chain, a, b) => {
        const first = a % (chain.updates.length - 1);
        const last = first + 1 + (b % (chain.updates.length - 1 - first));
        const { node, asked } = nodeOf(chain);
        expect(await squashRange(node, first, last)).toEqual(differenceOf(chain, first, last));
        for (const { block } of asked) expect(block).toBe(first - 1);
        if (first === 0) expect(asked).toEqual([]);
      }),
      { numRuns: 300 },
    );
  });

  it('takes a single block as the node gives it', async () => {
    const chain = chainOf(1);
    const { node, asked } = nodeOf(chain);
    expect(await squashRange(node, 1, 1)).toEqual(chain.updates[1]);
    expect(asked).toEqual([]);
  });

  it('asks in batches, and for a bounded number of updates at once', async () => {
    const long = chainOf(2500);
    const { node, asked } = nodeOf(long);
    expect((await squashRange(node, 1, 2)).stateDiff.storageDiffs[0]?.entries.length).toBe(2500);
    expect(asked).toEqual([
      { method: 'classHashes', block: 0, count: 1 },
      ...[1000, 1000, 500].map((count) => ({ method: 'storage', block: 0, count })),
    ]);
    const [many] = fc.sample(tinyChain({ minLength: 40, maxLength: 40 }), { numRuns: 1, seed: 3 });
    if (many === undefined) throw new Error('unreachable');
    const counting = nodeOf(many);
    expect(await squashRange(counting.node, 0, 39)).toEqual(differenceOf(many, 0, 39));
    expect(counting.mostUnderWay()).toBe(8);
  });

  it('never takes a failed or missing look-up for zero', async () => {
    const { node } = nodeOf(chainOf(3));
    const down = new OrchestratorError('NODE_UNREACHABLE', 'down', { retry: 'dependency-down' });
    const failing = () => Promise.reject(down);
    const squash = (change: Partial<StarknetNode>) => () => squashRange({ ...node, ...change }, 1, 2);
    for (const method of ['stateUpdate', 'storage', 'classHashes'] as const)
      expect(await expectCode('NODE_UNREACHABLE', 'down', squash({ [method]: failing }))).toBe(down);
    await expectCode(
      'NODE_ANSWER_INVALID',
      '0 answers to 1 look-ups of class hashes',
      squash({ classHashes: async () => [] }),
    );
    await expectCode(
      'NODE_ANSWER_INVALID',
      '2 answers to 3 look-ups of storage',
      squash({ storage: async () => [0n, 0n] }),
    );
    const holes = async () => [0n, undefined, 0n] as bigint[];
    await expectCode('NODE_ANSWER_INVALID', 'slot 0x1 of contract 0x9 at block 0', squash({ storage: holes }));
  });

  it('refuses a chain that does not hold together, a block that is not there, and what is no range', async () => {
    const chain = chainOf(1);
    const { node } = nodeOf(chain);
    await expectCode('BLOCK_NOT_FOUND', 'block 3', () => squashRange(node, 1, 3));
    await expectCode('CHAIN_BROKEN', 'starts from root', () =>
      squashRange(nodeOf({ ...chain, updates: chain.updates.toReversed() }).node, 0, 2),
    );
    for (const [first, last] of [
      [2, 1],
      [-1, 1],
      [0.5, 1],
      [0, Number.NaN],
    ] as const)
      await expectCode('STATE_UPDATE_INVALID', 'is not a range', () => squashRange(node, first, last));
  });
});
