import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import {
  aliasesOf,
  aliasLookups,
  aliasStateUpdate,
  reverseAliases,
  unaliasStateUpdate,
} from '../../src/starknet/compression/aliases.ts';
import { FELT_PRIME } from '../../src/starknet/felt.ts';
import type { StateDiff, StateUpdate } from '../../src/starknet/state-update.ts';
import { ascending, sortStateUpdate } from '../../src/starknet/state-update-order.ts';
import { expectCode } from '../starknet/expect-code.ts';
import { stateUpdate } from './arbitraries.ts';

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

/** An update without 0x2, some of whose names get their alias in it, the others before it. */
const aliasing = fc
  .tuple(
    stateUpdate,
    fc.uniqueArray(fc.bigInt({ min: 128n, max: FELT_PRIME - 1n }), { minLength: 90, maxLength: 90 }),
    fc.array(fc.boolean(), { minLength: 7 }),
  )
  .map(([base, numbers, inDiff]) => {
    const storageDiffs = base.stateDiff.storageDiffs.filter(({ address }) => address !== 2n);
    const plain = { ...base, stateDiff: { ...base.stateDiff, storageDiffs } };
    const pairs = aliasLookups(plain).map((name, index) => [name, numbers[index] ?? 0n] as const);
    const assigned = pairs.filter((_, index) => inDiff[index % inDiff.length]);
    const entries = [{ key: 0n, value: 1000n }, ...assigned.map(([key, value]) => ({ key, value }))];
    const update: StateUpdate = {
      ...plain,
      stateDiff: { ...plain.stateDiff, storageDiffs: [...storageDiffs, { address: 2n, entries }] },
    };
    const before = new Map(pairs.filter(([name]) => !assigned.some(([key]) => key === name)));
    return { update, before, all: new Map(pairs) };
  });

describe('aliases', () => {
  it('rename addresses and keys from 128 on, and nothing else', () => {
    const original = update({
      storageDiffs: [
        { address: 0x7fn, entries: [{ key: 0x500n, value: 1n }] },
        {
          address: 0x300n,
          entries: [
            { key: 0x7fn, value: 0x300n },
            { key: 0x80n, value: 0x80n },
          ],
        },
      ],
      nonces: [{ address: 0x200n, nonce: 0x300n }],
      deployedContracts: [{ address: 0x200n, classHash: 0x300n }],
      replacedClasses: [{ address: 0x300n, classHash: 0x200n }],
      declaredClasses: [{ classHash: 0x300n, compiledClassHash: 0x200n }],
    });
    expect(aliasLookups(original)).toEqual([0x80n, 0x200n, 0x300n]);
    const aliases = aliasesOf(
      original,
      new Map([
        [0x80n, 0x1000n],
        [0x200n, 0x99n],
        [0x300n, 0x88n],
      ]),
    );
    expect(aliasStateUpdate(original, aliases).stateDiff).toEqual({
      ...original.stateDiff,
      storageDiffs: [
        { address: 0x7fn, entries: [{ key: 0x500n, value: 1n }] },
        {
          address: 0x88n,
          entries: [
            { key: 0x7fn, value: 0x300n },
            { key: 0x1000n, value: 0x80n },
          ],
        },
      ],
      nonces: [{ address: 0x99n, nonce: 0x300n }],
      deployedContracts: [{ address: 0x99n, classHash: 0x300n }],
      replacedClasses: [{ address: 0x88n, classHash: 0x200n }],
    });
  });

  it('are those that the update assigns itself before any other; low keys of 0x2 are its bookkeeping', () => {
    const original = update({
      storageDiffs: [
        {
          address: 2n,
          entries: [
            { key: 0n, value: 0x91n },
            { key: 0x200n, value: 0x90n },
            { key: 0x55n, value: 3n },
          ],
        },
      ],
      nonces: [
        { address: 0x200n, nonce: 1n },
        { address: 0x55n, nonce: 1n },
      ],
    });
    expect(aliasLookups(original)).toEqual([]);
    const aliases = aliasesOf(original, new Map([[0x200n, 0x1234n]]));
    const aliased = aliasStateUpdate(original, aliases);
    expect(aliased.stateDiff.nonces).toEqual([
      { address: 0x55n, nonce: 1n },
      { address: 0x90n, nonce: 1n },
    ]);
    expect(aliased.stateDiff.storageDiffs).toEqual(sortStateUpdate(original).stateDiff.storageDiffs);
    expect(unaliasStateUpdate(aliased, new Map())).toEqual(sortStateUpdate(original));
  });

  it('order the result, not the original', () => {
    const addresses = [0x100n, 0x200n, 0x300n];
    const original = update({ nonces: addresses.map((address) => ({ address, nonce: address })) });
    const aliases = new Map([
      [0x100n, 0x92n],
      [0x200n, 0x90n],
      [0x300n, 0x91n],
    ]);
    expect(aliasStateUpdate(original, aliases).stateDiff.nonces.map(({ nonce }) => nonce)).toEqual([
      0x200n,
      0x300n,
      0x100n,
    ]);
  });

  it('are undone by the reverse table, and every name became the alias of its own', () => {
    fc.assert(
      fc.property(aliasing, ({ update, before, all }) => {
        expect(aliasLookups(update)).toEqual([...before.keys()]);
        const aliases = aliasesOf(update, before);
        expect(new Map([...aliases].sort(([a], [b]) => ascending(a, b)))).toEqual(all);
        const aliased = aliasStateUpdate(update, aliases);
        expect(unaliasStateUpdate(aliased, reverseAliases(aliases))).toEqual(sortStateUpdate(update));
        expect(unaliasStateUpdate(aliased, reverseAliases(before))).toEqual(sortStateUpdate(update));
        const slots = ({ stateDiff }: StateUpdate) =>
          stateDiff.storageDiffs.flatMap(({ address, entries }) =>
            entries.map(({ key, value }) => [address, key, value].join()),
          );
        const alias = (name: bigint) => all.get(name) ?? name;
        const expected = update.stateDiff.storageDiffs.flatMap(({ address, entries }) =>
          entries.map(({ key, value }) => [alias(address), address < 128n ? key : alias(key), value].join()),
        );
        expect(slots(aliased).sort()).toEqual(expected.sort());
      }),
      { numRuns: 1000 },
    );
  });

  it('are refused when one is missing, 0, below 128 or given twice', async () => {
    const original = update({
      nonces: [
        { address: 0x100n, nonce: 1n },
        { address: 0x200n, nonce: 1n },
      ],
    });
    const table = (...pairs: [bigint, bigint][]) => new Map<bigint, bigint>(pairs);
    await expectCode('ALIAS_MISSING', '0x200 has no alias', () => aliasesOf(original, table([0x100n, 0x80n])));
    const error = await expectCode('ALIAS_MISSING', '0x200 has no alias', () =>
      aliasesOf(original, table([0x100n, 0x80n], [0x200n, 0n])),
    );
    expect(error.context).toEqual({ name: '0x200' });
    await expectCode('ALIAS_MISSING', '0x200 has 0x7f, which is no alias', () =>
      aliasesOf(original, table([0x100n, 0x80n], [0x200n, 0x7fn])),
    );
    await expectCode('WORDS_INVALID', 'gives 0x200 and 0x100 the same alias 0x80', () =>
      aliasesOf(original, table([0x100n, 0x80n], [0x200n, 0x80n])),
    );
    await expectCode('ALIAS_MISSING', '0x100 has no alias', () => aliasStateUpdate(original, table([0x200n, 0x80n])));
    await expectCode('ALIAS_MISSING', 'alias 0x100', () => unaliasStateUpdate(original, table([0x200n, 0x80n])));
  });
});
