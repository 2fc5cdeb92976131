import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import {
  NOTHING_BEFORE,
  type StateBefore,
  squashStateUpdates,
} from '../../src/starknet/squash/squash-state-updates.ts';
import type { StateDiff, StateUpdate } from '../../src/starknet/state-update.ts';
import { expectCode } from '../starknet/expect-code.ts';
import { ChainState, differenceOf, tinyChain } from './block-model.ts';

/** Updates that follow each other, from what each of them changes. */
function chain(...diffs: Partial<StateDiff>[]): StateUpdate[] {
  const empty: StateDiff = {
    storageDiffs: [],
    nonces: [],
    deployedContracts: [],
    replacedClasses: [],
    declaredClasses: [],
    migratedCompiledClasses: [],
    deprecatedDeclaredClasses: [],
  };
  return diffs.map((diff, index) => ({
    blockHash: BigInt(100 + index),
    oldRoot: BigInt(index),
    newRoot: BigInt(index + 1),
    stateDiff: { ...empty, ...diff },
  }));
}

const write = (address: bigint, key: bigint, value: bigint) => ({
  storageDiffs: [{ address, entries: [{ key, value }] }],
});

/** Contract 0x9 of class 0x71 with 5 at key 1; everything else is as if it were never there. */
const before: StateBefore = {
  classHash: (address) => (address === 9n ? 0x71n : undefined),
  storage: (address, key) => (address === 9n && key === 1n ? 5n : 0n),
};

describe('squash', () => {
  it('keeps the first old root, the last new root and the last block hash', () => {
    expect(squashStateUpdates(chain({}, {}, {}), NOTHING_BEFORE)).toEqual({
      ...chain({})[0],
      blockHash: 102n,
      newRoot: 3n,
    });
  });

  it('refuses no updates, and updates that do not follow each other', async () => {
    await expectCode('STATE_UPDATE_INVALID', 'there are no state updates', () =>
      squashStateUpdates([], NOTHING_BEFORE),
    );
    const [first, , third] = chain({}, {}, {});
    if (first === undefined || third === undefined) throw new Error('unreachable');
    await expectCode('CHAIN_BROKEN', 'starts from root 0x2, but the one before it ends at 0x1', () =>
      squashStateUpdates([first, third], NOTHING_BEFORE),
    );
  });

  it('lets the last write win and drops what equals the state before', () => {
    const squash = (...values: bigint[]) =>
      squashStateUpdates(chain(...values.map((value) => write(9n, 1n, value))), before).stateDiff.storageDiffs;
    expect(squash(6n, 7n)).toEqual([{ address: 9n, entries: [{ key: 1n, value: 7n }] }]);
    expect(squash(6n, 5n)).toEqual([]);
    expect(squash(6n, 0n)).toEqual([{ address: 9n, entries: [{ key: 1n, value: 0n }] }]);
  });

  it('counts contracts that were not there, 0x1 and 0x2 as all zero', () => {
    const everywhereFive: StateBefore = {
      classHash: (address) => (address === 8n ? undefined : 1n),
      storage: () => 5n,
    };
    for (const address of [1n, 2n, 8n]) {
      const squash = (value: bigint) =>
        squashStateUpdates(chain(write(address, 1n, value)), everywhereFive).stateDiff.storageDiffs;
      expect(squash(5n)).toEqual([{ address, entries: [{ key: 1n, value: 5n }] }]);
      expect(squash(0n)).toEqual([]);
    }
  });

  it('makes deployed and replaced one deployment with the later class', () => {
    const squashed = squashStateUpdates(
      chain(
        { deployedContracts: [{ address: 7n, classHash: 0x70n }] },
        { replacedClasses: [{ address: 7n, classHash: 0x72n }] },
      ),
      before,
    );
    expect(squashed.stateDiff).toMatchObject({
      deployedContracts: [{ address: 7n, classHash: 0x72n }],
      replacedClasses: [],
    });
  });

  it('keeps the last replacement, and none that leads back to the class before', () => {
    const squash = (...classes: bigint[]) =>
      squashStateUpdates(
        chain(...classes.map((classHash) => ({ replacedClasses: [{ address: 9n, classHash }] }))),
        before,
      ).stateDiff.replacedClasses;
    expect(squash(0x72n, 0x73n)).toEqual([{ address: 9n, classHash: 0x73n }]);
    expect(squash(0x72n, 0x71n)).toEqual([]);
  });

  it('lets a deployment count before a replacement in the same update, as the words do', () => {
    const both = {
      deployedContracts: [{ address: 7n, classHash: 0x70n }],
      replacedClasses: [{ address: 7n, classHash: 0x72n }],
    };
    expect(squashStateUpdates(chain(both), before).stateDiff).toMatchObject({
      deployedContracts: [{ address: 7n, classHash: 0x70n }],
      replacedClasses: [],
    });
  });

  it('lists a class that was declared and migrated once, as declared', () => {
    const compiled = (classHash: bigint, compiledClassHash: bigint) => [{ classHash, compiledClassHash }];
    const { stateDiff } = squashStateUpdates(
      chain(
        { declaredClasses: compiled(1n, 11n), migratedCompiledClasses: compiled(2n, 21n) },
        { migratedCompiledClasses: [...compiled(1n, 12n), ...compiled(2n, 22n)], deprecatedDeclaredClasses: [4n, 3n] },
      ),
      before,
    );
    expect(stateDiff).toMatchObject({
      declaredClasses: compiled(1n, 12n),
      migratedCompiledClasses: compiled(2n, 22n),
      deprecatedDeclaredClasses: [3n, 4n],
    });
  });

  it('starts from nothing at block 0', () => {
    const { stateDiff } = squashStateUpdates(
      chain({ ...write(9n, 1n, 0n), deployedContracts: [{ address: 9n, classHash: 1n }] }, write(9n, 2n, 3n)),
      NOTHING_BEFORE,
    );
    expect(stateDiff.storageDiffs).toEqual([{ address: 9n, entries: [{ key: 2n, value: 3n }] }]);
  });

  it('is the difference of the states, whatever the blocks did in between', () => {
    fc.assert(
      fc.property(tinyChain({ minLength: 1, maxLength: 6 }), fc.nat(), fc.nat(), (chain, a, b) => {
        const [first = 0, last = 0] = [a % chain.updates.length, b % chain.updates.length].sort((x, y) => x - y);
        const squashed = squashStateUpdates(
          chain.updates.slice(first, last + 1),
          chain.states[first] ?? new ChainState(),
        );
        expect(squashed).toEqual(differenceOf(chain, first, last));
      }),
      { numRuns: 1000 },
    );
  });

  it('is associative: any parts squashed first, then together, are the same', () => {
    const cut = fc.array(fc.boolean(), { minLength: 8, maxLength: 8 });
    fc.assert(
      fc.property(tinyChain({ minLength: 1, maxLength: 8 }), cut, cut, ({ updates, states }, fine, coarse) => {
        const from = states[0] ?? new ChainState();
        const all = squashStateUpdates(updates, from);
        /** Parts of consecutive updates, each squashed on the state before it. */
        const squashParts = (list: readonly StateUpdate[], isCut: readonly boolean[]) => {
          const parts: StateUpdate[][] = [];
          for (const [index, update] of list.entries())
            if (index === 0 || isCut[index]) parts.push([update]);
            else parts.at(-1)?.push(update);
          return parts.map((part) => squashStateUpdates(part, states[Number(part[0]?.oldRoot)] ?? from));
        };
        const once = squashParts(updates, fine);
        expect(squashStateUpdates(once, from)).toEqual(all);
        expect(squashStateUpdates(squashParts(once, coarse), from)).toEqual(all);
      }),
      { numRuns: 1500 },
    );
  });
});
