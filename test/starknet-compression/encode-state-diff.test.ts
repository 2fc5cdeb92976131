import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { OrchestratorError } from '../../src/errors/orchestrator-error.ts';
import { aliasesOf, aliasLookups, aliasStateUpdate } from '../../src/starknet/compression/aliases.ts';
import { compressWords, decompressWords } from '../../src/starknet/compression/stateless-compression.ts';
import { DA_ENCODINGS, daEncodingFor, parseDaEncoding } from '../../src/starknet/da-encoding.ts';
import { contractsNeedingNonce, daWords } from '../../src/starknet/da-words.ts';
import { encodeStateDiff, encodeStateDiffOfRange } from '../../src/starknet/encode-state-diff.ts';
import type { StorageSlot } from '../../src/starknet/starknet-node.ts';
import type { StateUpdate } from '../../src/starknet/state-update.ts';
import { expectCode } from '../starknet/expect-code.ts';
import { stateUpdate } from './arbitraries.ts';

const withoutAliasContract = stateUpdate.map((update) => ({
  ...update,
  stateDiff: {
    ...update.stateDiff,
    storageDiffs: update.stateDiff.storageDiffs.filter(({ address }) => address !== 2n),
  },
}));

function nothing(update: StateUpdate): ReadonlyMap<bigint, bigint> {
  return new Map(contractsNeedingNonce(update).map((address) => [address, 3n]));
}

describe('choice of the encoding', () => {
  it.each([
    ['', 'old'],
    ['0.13.1', 'old'],
    ['0.13.2.1', 'old'],
    ['0.13.3', 'stateless'],
    ['0.13.4', 'stateful'],
    ['0.13.10', 'stateful'],
    ['0.14.1', 'stateful'],
  ] as const)('%p publishes %s', (version, encoding) => {
    expect(daEncodingFor(version)).toBe(encoding);
  });

  it('is refused for a version that is not known yet, unless the operator says which', async () => {
    await expectCode('VERSION_UNSUPPORTED', '0.15.0', () => daEncodingFor('0.15.0'));
    for (const encoding of DA_ENCODINGS) {
      expect(daEncodingFor('0.15.0', encoding)).toBe(encoding);
      expect(parseDaEncoding(encoding)).toBe(encoding);
    }
    await expectCode('CONFIG_INVALID', '"auto" is no encoding', () => parseDaEncoding('auto'));
  });
});

describe('encoding of a state difference', () => {
  it('puts the steps of each encoding together', () => {
    fc.assert(
      fc.property(withoutAliasContract, (update) => {
        const aliasesBefore = new Map(aliasLookups(update).map((name, index) => [name, 128n + BigInt(index)]));
        const currentNonces = nothing(update);
        const plain = daWords(update, { layout: 'new' });
        const named = daWords(aliasStateUpdate(update, aliasesOf(update, aliasesBefore)), { layout: 'new' });
        const old = daWords(update, { layout: 'old', currentNonces });
        expect(encodeStateDiff(update, { encoding: 'old', currentNonces })).toEqual({
          encoding: 'old',
          words: old,
          plainWords: old,
        });
        expect(encodeStateDiff(update, { encoding: 'new' })).toEqual({
          encoding: 'new',
          words: plain,
          plainWords: plain,
        });
        expect(encodeStateDiff(update, { encoding: 'stateless' })).toEqual({
          encoding: 'stateless',
          words: compressWords(plain),
          plainWords: plain,
        });
        const stateful = encodeStateDiff(update, { encoding: 'stateful', aliasesBefore });
        expect(stateful).toEqual({ encoding: 'stateful', words: compressWords(named), plainWords: named });
        expect(decompressWords(stateful.words)).toEqual(named);
      }),
      { numRuns: 300 },
    );
  });

  it('refuses an update whose words could not be read back', async () => {
    const entry = { key: 1n, value: 1n };
    const update: StateUpdate = {
      blockHash: 0n,
      oldRoot: 0n,
      newRoot: 0n,
      stateDiff: {
        storageDiffs: [{ address: 9n, entries: [entry, entry] }],
        nonces: [],
        deployedContracts: [],
        replacedClasses: [],
        declaredClasses: [],
        migratedCompiledClasses: [],
        deprecatedDeclaredClasses: [],
      },
    };
    await expectCode('WORDS_INVALID', 'key 0x1 does not follow the one before', () =>
      encodeStateDiff(update, { encoding: 'new' }),
    );
    const twice = {
      ...update.stateDiff,
      storageDiffs: [1n, 2n].map((value) => ({ address: 9n, entries: [{ key: 1n, value }] })),
    };
    await expectCode('WORDS_INVALID', 'the words of this state difference do not lead back to it', () =>
      encodeStateDiff({ ...update, stateDiff: twice }, { encoding: 'new' }),
    );
  });
});

describe('encoding of a range', () => {
  const asked: unknown[] = [];
  const node = {
    nonces: async (block: number, addresses: readonly bigint[]) => {
      asked.push(['nonces', block, addresses]);
      return addresses.map((address) => address % 100n);
    },
    storage: async (block: number, slots: readonly StorageSlot[]) => {
      asked.push(['storage', block, slots]);
      return slots.map(({ key }) => key + 1000n);
    },
  };
  const update: StateUpdate = {
    blockHash: 0n,
    oldRoot: 0n,
    newRoot: 0n,
    stateDiff: {
      storageDiffs: [{ address: 0x500n, entries: [{ key: 0x600n, value: 7n }] }],
      nonces: [],
      deployedContracts: [],
      replacedClasses: [],
      declaredClasses: [],
      migratedCompiledClasses: [],
      deprecatedDeclaredClasses: [],
    },
  };
  const range = { first: 40, last: 44 };

  it('asks for nonces at the last block in the old layout, for aliases before the first one where they are used', async () => {
    asked.length = 0;
    const old = await encodeStateDiffOfRange(node, update, range, 'old');
    expect(old.words).toEqual([1n, 0x500n, ((0x500n % 100n) << 64n) | 1n, 0x600n, 7n, 0n]);
    expect(asked).toEqual([['nonces', 44, [0x500n]]]);

    asked.length = 0;
    for (const encoding of ['new', 'stateless'] as const)
      expect((await encodeStateDiffOfRange(node, update, range, encoding)).plainWords).toEqual([
        1n,
        0x500n,
        6n,
        0x600n,
        7n,
        0n,
      ]);
    expect(asked).toEqual([]);

    const stateful = await encodeStateDiffOfRange(node, update, range, 'stateful');
    expect(stateful.plainWords).toEqual([1n, 0x500n + 1000n, 6n, 0x600n + 1000n, 7n, 0n]);
    expect(asked).toEqual([
      [
        'storage',
        39,
        [
          { address: 2n, key: 0x500n },
          { address: 2n, key: 0x600n },
        ],
      ],
    ]);
  });

  it('never takes a failed or missing look-up for an answer', async () => {
    const down = new OrchestratorError('NODE_UNREACHABLE', 'down', { retry: 'dependency-down' });
    const failing = { nonces: () => Promise.reject(down), storage: () => Promise.reject(down) };
    const silent = { nonces: async () => [], storage: async () => [0x777n] };
    const zero = { ...node, storage: async () => [0x777n, 0n] };
    for (const encoding of ['old', 'stateful'] as const) {
      await expectCode('NODE_UNREACHABLE', 'down', () => encodeStateDiffOfRange(failing, update, range, encoding));
      await expectCode('NODE_ANSWER_INVALID', 'answers to', () =>
        encodeStateDiffOfRange(silent, update, range, encoding),
      );
    }
    await expectCode('ALIAS_MISSING', '0x600 has no alias', () =>
      encodeStateDiffOfRange(zero, update, range, 'stateful'),
    );
  });

  it('has no aliases before block 0', async () => {
    asked.length = 0;
    await expectCode('ALIAS_MISSING', '0x500 has no alias', () =>
      encodeStateDiffOfRange(node, update, { first: 0, last: 0 }, 'stateful'),
    );
    expect(asked).toEqual([]);
  });
});
