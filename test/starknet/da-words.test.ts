import { describe, expect, it } from '@jest/globals';
import { contractsNeedingNonce, daHeaderWord, daWords } from '../../src/starknet/da-words.ts';
import type { StateDiff, StateUpdate } from '../../src/starknet/state-update.ts';
import { describeWithVectors, readVectorJson } from '../vectors.ts';
import { expectCode } from './expect-code.ts';

function update(diff: Partial<StateDiff>): StateUpdate {
  const empty: StateDiff = {
    storageDiffs: [],
    nonces: [],
    deployedContracts: [],
    replacedClasses: [],
    declaredClasses: [],
    migratedCompiledClasses: [],
    deprecatedDeclaredClasses: [],
  };
  return { blockHash: 1n, oldRoot: 2n, newRoot: 3n, stateDiff: { ...empty, ...diff } };
}

const header = (classChanged: boolean, nonce: bigint, writes: number) =>
  daHeaderWord({ layout: 'new', classChanged, nonce, writes });

describe('data availability words', () => {
  it('are two zeros for an empty difference, in both layouts', () => {
    expect(daWords(update({}), { layout: 'old' })).toEqual([0n, 0n]);
    expect(daWords(update({}), { layout: 'new' })).toEqual([0n, 0n]);
  });

  it('sort contracts, keys and classes as integers', () => {
    const words = daWords(
      update({
        storageDiffs: [
          {
            address: 0x100n,
            entries: [
              { key: 0x20n, value: 1n },
              { key: 0x9n, value: 2n },
            ],
          },
          { address: 0x9n, entries: [{ key: 3n, value: 0n }] },
        ],
        declaredClasses: [
          { classHash: 0x100n, compiledClassHash: 5n },
          { classHash: 0x20n, compiledClassHash: 6n },
        ],
      }),
      { layout: 'new' },
    );
    expect(words).toEqual([
      2n,
      0x9n,
      header(false, 0n, 1),
      3n,
      0n,
      0x100n,
      header(false, 0n, 2),
      0x9n,
      2n,
      0x20n,
      1n,
      2n,
      0x20n,
      6n,
      0x100n,
      5n,
    ]);
  });

  it('carry the class of a deployed contract before that of a replaced one, and a contract whose class alone changed', () => {
    const diff = update({
      deployedContracts: [{ address: 5n, classHash: 50n }],
      replacedClasses: [
        { address: 5n, classHash: 51n },
        { address: 6n, classHash: 60n },
      ],
      nonces: [{ address: 5n, nonce: 1n }],
    });
    expect(daWords(diff, { layout: 'new' })).toEqual([
      2n,
      5n,
      header(true, 1n, 0),
      50n,
      6n,
      header(true, 0n, 0),
      60n,
      0n,
    ]);
    expect(contractsNeedingNonce(diff)).toEqual([6n]);
    expect(daWords(diff, { layout: 'old', currentNonces: new Map([[6n, 9n]]) })).toEqual([
      2n,
      5n,
      (1n << 128n) | (1n << 64n),
      50n,
      6n,
      (1n << 128n) | (9n << 64n),
      60n,
      0n,
    ]);
  });

  it('carry nonce 0 for a contract that was only deployed, in the old layout, without asking for it', () => {
    const diff = update({
      deployedContracts: [
        { address: 5n, classHash: 50n },
        { address: 6n, classHash: 60n },
      ],
      replacedClasses: [{ address: 6n, classHash: 61n }],
    });
    expect(contractsNeedingNonce(diff)).toEqual([]);
    expect(daWords(diff, { layout: 'old' })).toEqual([2n, 5n, 1n << 128n, 50n, 6n, 1n << 128n, 60n, 0n]);
  });

  it('list migrated compiled classes with the declared ones, in the new layout only; deprecated classes never', () => {
    const diff = update({
      declaredClasses: [{ classHash: 9n, compiledClassHash: 1n }],
      migratedCompiledClasses: [{ classHash: 4n, compiledClassHash: 2n }],
      deprecatedDeclaredClasses: [7n],
    });
    expect(daWords(diff, { layout: 'new' })).toEqual([0n, 2n, 4n, 2n, 9n, 1n]);
    expect(daWords(diff, { layout: 'old' })).toEqual([0n, 1n, 9n, 1n]);
  });

  it('carry the current nonce of a contract that only writes, in the old layout', async () => {
    const write = [{ key: 1n, value: 2n }];
    const diff = update({
      storageDiffs: [1n, 2n, 30n, 31n, 5n, 40n].map((address) => ({ address, entries: address === 40n ? [] : write })),
      nonces: [{ address: 31n, nonce: 8n }],
    });
    expect(contractsNeedingNonce(diff)).toEqual([5n, 30n]);
    const words = daWords(diff, {
      layout: 'old',
      currentNonces: new Map([
        [5n, 55n],
        [30n, 33n],
      ]),
    });
    expect(words).toEqual([
      6n,
      1n,
      1n,
      1n,
      2n,
      2n,
      1n,
      1n,
      2n,
      5n,
      (55n << 64n) | 1n,
      1n,
      2n,
      30n,
      (33n << 64n) | 1n,
      1n,
      2n,
      31n,
      (8n << 64n) | 1n,
      1n,
      2n,
      40n,
      0n,
      0n,
    ]);
    await expectCode('WORDS_INVALID', 'nonce of contract 0x1e', () =>
      daWords(diff, { layout: 'old', currentNonces: new Map([[5n, 55n]]) }),
    );
  });

  it('take the long header from 256 writes on', () => {
    const entries = (count: number) => Array.from({ length: count }, (_, key) => ({ key: BigInt(key), value: 0n }));
    const word = (count: number) =>
      daWords(
        update({ storageDiffs: [{ address: 9n, entries: entries(count) }], nonces: [{ address: 9n, nonce: 3n }] }),
        { layout: 'new' },
      )[2];
    expect(word(255)).toBe((3n << 10n) | (255n << 2n) | 2n);
    expect(word(256)).toBe((3n << 66n) | (256n << 2n));
  });

  it('refuse a nonce that does not fit', async () => {
    for (const layout of ['old', 'new'] as const) {
      await expectCode('WORDS_INVALID', 'does not fit in 64 bits', () =>
        daHeaderWord({ layout, classChanged: false, nonce: 1n << 64n, writes: 1 }),
      );
      await expectCode('WORDS_INVALID', 'not a number of writes', () =>
        daHeaderWord({ layout, classChanged: false, nonce: 1n, writes: -1 }),
      );
      expect(daHeaderWord({ layout, classChanged: true, nonce: (1n << 64n) - 1n, writes: 5 })).toBeGreaterThan(0n);
    }
  });
});

describeWithVectors('data availability words: recorded header words', () => {
  it('come out', () => {
    const cases = readVectorJson('cases', 'da_word.json') as {
      class_changed: boolean;
      nonce: number;
      writes: number;
      layout: 'old' | 'new';
      expected: string;
    }[];
    expect(cases.length).toBeGreaterThanOrEqual(12);
    for (const { layout, class_changed, nonce, writes, expected } of cases) {
      expect(daHeaderWord({ layout, classChanged: class_changed, nonce: BigInt(nonce), writes })).toBe(
        BigInt(expected),
      );
    }
  });
});
