import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { blobToWords } from '../../src/starknet/blob.ts';
import { blockNumbersIn } from '../../src/starknet/block-numbers.ts';
import { contractsNeedingNonce, daHeaderWord, daWords } from '../../src/starknet/da-words.ts';
import { decodeDaWords, readDaWords, type StateDiffView } from '../../src/starknet/decode-da-words.ts';
import { FELT_PRIME } from '../../src/starknet/felt.ts';
import type { DaLayout } from '../../src/starknet/starknet-version.ts';
import type { StateUpdate } from '../../src/starknet/state-update.ts';
import { ascending } from '../../src/starknet/state-update-order.ts';
import { expectCode } from '../starknet/expect-code.ts';
import { describeWithVectors, readVectorBytes, readVectorJson } from '../vectors.ts';
import { damage, felt, stateUpdate } from './arbitraries.ts';
import { resultOrRefusal, withinMemory } from './within-memory.ts';

const LAYOUTS: readonly DaLayout[] = ['old', 'new'];
const layout = fc.constantFrom(...LAYOUTS);

/** What the words of an update must say, put together without looking at words. */
function viewOf({ stateDiff }: StateUpdate, layout: DaLayout, nonces: ReadonlyMap<bigint, bigint>): StateDiffView {
  const lists = [stateDiff.storageDiffs, stateDiff.nonces, stateDiff.deployedContracts, stateDiff.replacedClasses];
  const addresses = [...new Set(lists.flatMap((list) => list.map(({ address }) => address)))].sort(ascending);
  const classes = [...stateDiff.declaredClasses, ...(layout === 'new' ? stateDiff.migratedCompiledClasses : [])];
  return {
    contracts: addresses.map((address) => {
      const ofAddress = <T extends { address: bigint }>(list: readonly T[]) =>
        list.find((item) => item.address === address);
      const classHash = (ofAddress(stateDiff.deployedContracts) ?? ofAddress(stateDiff.replacedClasses))?.classHash;
      return {
        address,
        ...(classHash === undefined ? {} : { classHash }),
        nonce: ofAddress(stateDiff.nonces)?.nonce ?? nonces.get(address) ?? 0n,
        entries: (ofAddress(stateDiff.storageDiffs)?.entries ?? []).toSorted((a, b) => ascending(a.key, b.key)),
      };
    }),
    classes: classes.sort((a, b) => ascending(a.classHash, b.classHash)),
  };
}

/** An update that says what the words said. */
function updateOf(view: StateDiffView): StateUpdate {
  const having = view.contracts.filter(({ nonce }) => nonce !== 0n);
  return {
    blockHash: 0n,
    oldRoot: 0n,
    newRoot: 0n,
    stateDiff: {
      storageDiffs: view.contracts.map(({ address, entries }) => ({ address, entries })),
      nonces: having.map(({ address, nonce }) => ({ address, nonce })),
      deployedContracts: view.contracts.flatMap(({ address, classHash }) =>
        classHash === undefined ? [] : [{ address, classHash }],
      ),
      replacedClasses: [],
      declaredClasses: view.classes,
      migratedCompiledClasses: [],
      deprecatedDeclaredClasses: [],
    },
  };
}

describe('decoding of data availability words', () => {
  it('undoes the encoding, in both layouts, with or without words behind', () => {
    fc.assert(
      fc.property(
        stateUpdate,
        layout,
        fc.array(felt, { maxLength: 3 }),
        fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }),
        (update, layout, behind, nonce) => {
          const currentNonces = new Map(
            layout === 'old' ? contractsNeedingNonce(update).map((address) => [address, nonce]) : [],
          );
          const words = daWords(update, { layout, currentNonces });
          const view = viewOf(update, layout, currentNonces);
          expect(decodeDaWords(words, layout)).toEqual(view);
          expect(readDaWords([...words, ...behind], layout)).toEqual({ diff: view, length: words.length });
        },
      ),
      { numRuns: 1200 },
    );
  });

  it('refuses damaged words or reads exactly what they now say, in little memory', () => {
    withinMemory((sample) => {
      const list = (layout: DaLayout) =>
        fc.oneof(
          {
            weight: 4,
            arbitrary: fc
              .tuple(stateUpdate, fc.array(damage, { minLength: 1, maxLength: 3 }))
              .map(([update, changes]) => {
                const currentNonces = new Map(contractsNeedingNonce(update).map((address) => [address, 7n]));
                return changes.reduce<bigint[]>(
                  (words, change) => change(words),
                  daWords(update, { layout, currentNonces }),
                );
              }),
          },
          { weight: 1, arbitrary: fc.array(felt, { maxLength: 30 }) },
        );
      for (const layout of LAYOUTS) {
        fc.assert(
          fc.property(list(layout), (words) => {
            const view = resultOrRefusal('WORDS_INVALID', () => decodeDaWords(words, layout));
            if (view !== undefined) {
              const currentNonces = new Map(view.contracts.map(({ address, nonce }) => [address, nonce]));
              expect(daWords(updateOf(view), { layout, currentNonces })).toEqual(words);
            }
            sample();
          }),
          { numRuns: 1000 },
        );
      }
    });
  });

  const one = daHeaderWord({ layout: 'new', classChanged: false, nonce: 0n, writes: 1 });
  it.each<[string, bigint[]]>([
    ['word 0: number of contracts is missing', []],
    ['word 0: number of contracts is not below the field prime', [FELT_PRIME]],
    ['word 0: 0x10000000000000000 contracts are claimed, but at most 0 could follow', [1n << 64n, 0n]],
    ['word 1: number of classes is missing', [0n]],
    ['word 1: 0x5 classes are claimed, but at most 1 could follow', [0n, 5n, 1n, 1n]],
    ['word 2: the header of contract 0x9 is none of the new layout', [1n, 9n, 4n, 1n, 1n, 0n]],
    ['word 2: 0x400 writes are claimed', [1n, 9n, 1024n << 2n, 1n, 1n, 0n]],
    ['word 5: contract 0x9 does not follow the one before', [2n, 9n, one, 1n, 1n, 9n, one, 1n, 1n, 0n]],
    [
      'word 5: key 0x4 does not follow the one before',
      [1n, 9n, daHeaderWord({ layout: 'new', classChanged: false, nonce: 0n, writes: 2 }), 4n, 1n, 4n, 1n, 0n],
    ],
    ['word 4: class 0x1 does not follow the one before', [0n, 2n, 3n, 1n, 1n, 1n]],
    ['word 2: 1 words follow the end', [0n, 0n, 0n]],
  ])('refuses: %s', async (message, words) => {
    await expectCode('WORDS_INVALID', message, () => decodeDaWords(words, 'new'));
  });

  it('shows the block numbers by the keys of contract 0x1', () => {
    const entries = [
      { key: 90n, value: 5n },
      { key: 91n, value: 6n },
    ];
    expect(blockNumbersIn({ contracts: [{ address: 1n, nonce: 0n, entries }], classes: [] })).toEqual([100, 101]);
    expect(blockNumbersIn({ contracts: [{ address: 3n, nonce: 0n, entries }], classes: [] })).toEqual([]);
  });
});

interface Derived {
  readonly n_words: number;
  readonly l2_blocks?: readonly [number, number];
  readonly contracts?: number;
  readonly storage_writes?: number;
  readonly class_changes?: number;
  readonly declared_classes?: number;
}

describeWithVectors('recorded blobs of the old layout', () => {
  it.each(['631861', '638353', '671070', '639404', '640644'].map((block) => `da/${block}`))(
    '%s: length, block number',
    (folder) => {
      const { diff, length } = readDaWords(blobToWords(readVectorBytes(folder, 'blob.txt')), 'old');
      expect(length).toBe((readVectorJson(folder, 'derived.json') as Derived).n_words);
      expect(blockNumbersIn(diff)).toEqual([Number(folder.slice(3))]);
    },
  );

  it('batch/6815891: blocks, contracts, writes and classes', () => {
    const derived = readVectorJson('batch', '6815891', 'derived.json') as Derived;
    const { diff, length } = readDaWords(blobToWords(readVectorBytes('batch', '6815891', 'blob.txt')), 'old');
    expect({
      n_words: length,
      contracts: diff.contracts.length,
      storage_writes: diff.contracts.reduce((sum, { entries }) => sum + entries.length, 0),
      class_changes: diff.contracts.filter(({ classHash }) => classHash !== undefined).length,
      declared_classes: diff.classes.length,
    }).toEqual({
      n_words: derived.n_words,
      contracts: derived.contracts,
      storage_writes: derived.storage_writes,
      class_changes: derived.class_changes,
      declared_classes: derived.declared_classes,
    });
    const [first, last] = derived.l2_blocks ?? [0, 0];
    expect(blockNumbersIn(diff)).toEqual(Array.from({ length: last - first + 1 }, (_, index) => first + index));
  });
});
