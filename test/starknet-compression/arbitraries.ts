import fc from 'fast-check';
import { FELT_PRIME } from '../../src/starknet/felt.ts';
import type { StateUpdate } from '../../src/starknet/state-update.ts';

const BUCKET_EDGES = [0n, 1n, ...[7n, 15n, 31n, 62n, 83n, 125n, 251n].map((bits) => 1n << bits), FELT_PRIME];

/** Felts of every size, the edges of the compression's buckets often among them. */
export const felt: fc.Arbitrary<bigint> = fc.oneof(
  fc.constantFrom(
    ...BUCKET_EDGES.flatMap((edge) => [edge - 1n, edge]).filter((value) => value >= 0n && value < FELT_PRIME),
  ),
  fc.bigInt({ min: 0n, max: 300n }),
  ...[31n, 83n, 125n].map((bits) => fc.bigInt({ min: 0n, max: (1n << bits) - 1n })),
  fc.bigInt({ min: 0n, max: FELT_PRIME - 1n }),
);

/** Word lists with many repeats, as state differences have them. */
export const wordList: fc.Arbitrary<bigint[]> = fc
  .tuple(fc.array(felt, { maxLength: 40 }), fc.array(fc.nat(), { maxLength: 120 }))
  .map(([values, picks]) =>
    values.length === 0 ? [] : [...values, ...picks.map((pick) => values[pick % values.length] ?? 0n)],
  );

const byAddress = <T>(rest: fc.Arbitrary<T>) =>
  fc
    .uniqueArray(fc.tuple(felt, rest), { selector: ([address]) => address, maxLength: 6 })
    .map((items) => items.map(([address, more]) => ({ address, ...more })));

const entries = fc.uniqueArray(fc.record({ key: felt, value: felt }), { selector: (entry) => entry.key, maxLength: 6 });

/** State updates in any order, with addresses and keys on both sides of 128 and contracts in several lists. */
export const stateUpdate: fc.Arbitrary<StateUpdate> = fc.record({
  blockHash: felt,
  oldRoot: felt,
  newRoot: felt,
  stateDiff: fc
    .record({
      storageDiffs: byAddress(fc.record({ entries })),
      nonces: byAddress(fc.record({ nonce: fc.bigInt({ min: 1n, max: (1n << 64n) - 1n }) })),
      deployedContracts: byAddress(fc.record({ classHash: felt })),
      replacedClasses: byAddress(fc.record({ classHash: felt })),
      classes: fc.uniqueArray(fc.record({ classHash: felt, compiledClassHash: felt }), {
        selector: (item) => item.classHash,
        maxLength: 6,
      }),
      split: fc.nat(6),
      deprecatedDeclaredClasses: fc.uniqueArray(felt, { maxLength: 3 }),
    })
    .map(({ classes, split, ...diff }) => ({
      ...diff,
      declaredClasses: classes.slice(0, split),
      migratedCompiledClasses: classes.slice(split),
    })),
});

/** A change of one place of a word list: the ways in which stored or received words go wrong. */
export const damage: fc.Arbitrary<(words: readonly bigint[]) => bigint[]> = fc
  .tuple(
    fc.constantFrom('replace', 'flip', 'insert', 'remove', 'cut', 'double', 'swap', 'append'),
    fc.nat(),
    fc.nat(),
    felt,
    fc.nat(251),
  )
  .map(([kind, first, second, value, bit]) => (words) => {
    const at = words.length === 0 ? 0 : first % words.length;
    const other = words.length === 0 ? 0 : second % words.length;
    const result = [...words];
    if (kind === 'replace') result[at] = value;
    else if (kind === 'flip') result[at] = (words[at] ?? 0n) ^ (1n << BigInt(bit));
    else if (kind === 'insert') result.splice(at, 0, value);
    else if (kind === 'remove') result.splice(at, 1);
    else if (kind === 'cut') result.length = at;
    else if (kind === 'double') result.push(...words);
    else if (kind === 'append') result.push(value);
    else [result[at], result[other]] = [words[other] ?? 0n, words[at] ?? 0n];
    return result;
  });
