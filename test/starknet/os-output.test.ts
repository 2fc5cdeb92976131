import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { FELT_PRIME } from '../../src/starknet/felt.ts';
import {
  encodeOsOutput,
  type OsOutput,
  parseLegacyOsOutput,
  parseOsOutput,
  validateOsOutput,
} from '../../src/starknet/os-output.ts';
import { expectCode } from './expect-code.ts';

const felt = fc.bigInt({ min: 0n, max: FELT_PRIME - 1n });
const payload = fc.array(felt, { maxLength: 4 });
const blob = fc.record({
  commitment: fc.uint8Array({ minLength: 48, maxLength: 48 }),
  evaluation: fc.bigInt({ min: 0n, max: (1n << 256n) - 1n }),
});

const osOutput: fc.Arbitrary<OsOutput> = fc
  .record({
    header: fc.record({
      initialRoot: felt,
      finalRoot: felt,
      prevBlockNumber: fc.integer({ min: -1, max: 2 ** 40 }),
      newBlockNumber: fc.nat(),
      prevBlockHash: felt,
      newBlockHash: felt,
      osProgramHash: felt,
      configHash: felt,
      fullOutput: fc.boolean(),
      messagesToL1: fc.array(fc.record({ from: felt, to: felt, payload }), { maxLength: 3 }),
      messagesToL2: fc.array(fc.record({ from: felt, to: felt, nonce: felt, selector: felt, payload }), {
        maxLength: 3,
      }),
    }),
    kzg: fc.option(fc.record({ z: felt, blobs: fc.array(blob, { maxLength: 3 }) }), { nil: undefined }),
    stateDiffWords: fc.array(felt, { maxLength: 3 }),
  })
  .map(({ header, kzg, stateDiffWords }) => ({
    ...header,
    useKzgDa: kzg !== undefined,
    ...(kzg === undefined
      ? {}
      : {
          kzg: {
            z: kzg.z,
            commitments: kzg.blobs.map((item) => item.commitment),
            evaluations: kzg.blobs.map((item) => item.evaluation),
          },
        }),
    ...(kzg === undefined && stateDiffWords.length > 0 ? { stateDiffWords } : {}),
  }));

const commitment = (fill: number) => new Uint8Array(48).fill(fill);

/** Two blobs, one message each way. */
const example: OsOutput = {
  initialRoot: 10n,
  finalRoot: 11n,
  prevBlockNumber: 6,
  newBlockNumber: 7,
  prevBlockHash: 12n,
  newBlockHash: 13n,
  osProgramHash: 0n,
  configHash: 14n,
  useKzgDa: true,
  fullOutput: false,
  kzg: { z: 15n, commitments: [commitment(1), commitment(2)], evaluations: [(3n << 128n) | 4n, (5n << 128n) | 6n] },
  messagesToL1: [{ from: 20n, to: 21n, payload: [22n, 23n] }],
  messagesToL2: [{ from: 30n, to: 31n, nonce: 32n, selector: 33n, payload: [34n] }],
};
const { kzg: exampleKzg, ...header } = example;
if (exampleKzg === undefined) throw new Error('the example has a KZG section');
const plain: OsOutput = { ...header, useKzgDa: false };
const WORDS = encodeOsOutput(example);

describe('OS output', () => {
  it('comes back from its words', () => {
    fc.assert(fc.property(osOutput, (output) => expect(parseOsOutput(encodeOsOutput(output))).toEqual(output)));
  });

  it('has the words in the order of the core contract', () => {
    const half = (fill: number) => BigInt(`0x${fill.toString(16).padStart(2, '0').repeat(24)}`);
    expect(WORDS).toEqual([
      ...[10n, 11n, 6n, 7n, 12n, 13n, 0n, 14n, 1n, 0n],
      ...[15n, 2n, half(1), half(1), half(2), half(2), 4n, 3n, 6n, 5n],
      ...[5n, 20n, 21n, 2n, 22n, 23n],
      ...[6n, 30n, 31n, 32n, 33n, 1n, 34n],
    ]);
  });

  it('has the felt -1 as the number before the first block', () => {
    const words = encodeOsOutput({ ...example, prevBlockNumber: -1, newBlockNumber: 0 });
    expect(words[2]).toBe(FELT_PRIME - 1n);
    expect(parseOsOutput(words).prevBlockNumber).toBe(-1);
  });

  it.each<[string, Partial<OsOutput>, string]>([
    ['a negative block', { newBlockNumber: -1 }, 'newBlockNumber'],
    ['a fractional block', { prevBlockNumber: 1.5 }, 'prevBlockNumber'],
    ['the KZG flag without its section', { useKzgDa: false }, 'useKzgDa'],
    ['a state difference beside KZG', { stateDiffWords: [1n] }, 'wordCount'],
    ['a root that is no felt', { initialRoot: FELT_PRIME }, 'wordRange'],
    ['fewer evaluations than commitments', { kzg: { ...exampleKzg, evaluations: [1n] } }, 'blobCount'],
    ['an evaluation of 257 bits', { kzg: { ...exampleKzg, evaluations: [1n, 1n << 256n] } }, 'evaluation'],
  ])('is not encoded with %s', async (_name, change, field) => {
    const error = await expectCode('OUTPUT_INVALID', 'cannot encode', () => encodeOsOutput({ ...example, ...change }));
    expect(error.context.field).toBe(field);
  });

  it.each<[string, (words: bigint[]) => bigint[], string]>([
    ['no words', () => [], 'wordCount'],
    ['a header only', (words) => words.slice(0, 10), 'wordCount'],
    ['a header that ends early', (words) => words.slice(0, 4), 'wordCount'],
    ['its last word missing', (words) => words.slice(0, -1), 'wordCount'],
    ['one word more', (words) => [...words, 0n], 'wordCount'],
    ['a word that is no felt', (words) => words.with(5, FELT_PRIME), 'wordRange'],
    ['a KZG flag of 2', (words) => words.with(8, 2n), 'useKzgDa'],
    ['a full-output flag of 2', (words) => words.with(9, 2n), 'fullOutput'],
    ['a block number of 60 bits', (words) => words.with(3, 1n << 60n), 'newBlockNumber'],
    ['the number before the first block as its own', (words) => words.with(3, FELT_PRIME - 1n), 'newBlockNumber'],
    ['more blobs than words', (words) => words.with(11, 1n << 200n), 'blobCount'],
    ['a commitment half of 193 bits', (words) => words.with(13, 1n << 192n), 'commitment'],
    ['an evaluation half of 129 bits', (words) => words.with(16, 1n << 128n), 'evaluation'],
    ['an L2->L1 segment that is too long', (words) => words.with(20, 1n << 100n), 'wordCount'],
    ['a message to L1 beyond its segment', (words) => words.with(23, 3n), 'messagesToL1'],
    ['a message to L1 shorter than its segment', (words) => words.with(23, 1n), 'messagesToL1'],
    ['a message to L2 beyond its segment', (words) => words.with(31, 2n), 'messagesToL2'],
  ])('is not parsed with %s', async (_name, change, field) => {
    const error = await expectCode('OUTPUT_INVALID', 'malformed', () => parseOsOutput(change([...WORDS])));
    expect(error.context.field).toBe(field);
  });

  it('never fails otherwise than by name, whatever word is falsified', () => {
    fc.assert(
      fc.property(fc.nat(WORDS.length - 1), felt, (index, value) => {
        try {
          expect(encodeOsOutput(parseOsOutput(WORDS.with(index, value)))).toEqual(WORDS.with(index, value));
        } catch (error) {
          expect(error).toMatchObject({ code: 'OUTPUT_INVALID' });
        }
      }),
    );
  });
});

describe('OS output before 0.13.2', () => {
  it('is refused when malformed', async () => {
    const words = [1n, 2n, 3n, 4n, 5n, 1n, 6n, 7n, 8n, 9n, 10n, 0n, 0n];
    expect(parseLegacyOsOutput(words).kzg).toMatchObject({ z: 8n, evaluations: [(10n << 128n) | 9n] });
    for (const broken of [
      words.slice(0, 12),
      [...words, 0n],
      words.with(5, 2n),
      words.with(6, 1n << 192n),
      words.with(2, 1n << 60n),
    ]) {
      await expectCode('OUTPUT_INVALID', 'malformed', () => parseLegacyOsOutput(broken));
    }
  });

  it('may carry the state difference itself', () => {
    expect(parseLegacyOsOutput([1n, 2n, 3n, 4n, 5n, 0n, 0n, 0n, 77n, 78n])).toMatchObject({
      useKzgDa: false,
      stateDiffWords: [77n, 78n],
    });
  });
});

describe('validation of an OS output', () => {
  it('accepts an equal one', () => {
    fc.assert(
      fc.property(osOutput, (output) => expect(() => validateOsOutput(structuredClone(output), output)).not.toThrow()),
    );
  });

  const kzg = (change: Partial<typeof exampleKzg>): Partial<OsOutput> => ({ kzg: { ...exampleKzg, ...change } });
  const [toL1] = example.messagesToL1;
  const [toL2] = example.messagesToL2;
  if (toL1 === undefined || toL2 === undefined) throw new Error('the example has messages');

  it.each<[string, Partial<OsOutput>]>([
    ['initialRoot', { initialRoot: 99n }],
    ['finalRoot', { finalRoot: 99n }],
    ['prevBlockNumber', { prevBlockNumber: -1 }],
    ['newBlockNumber', { newBlockNumber: 8 }],
    ['prevBlockHash', { prevBlockHash: 0n }],
    ['newBlockHash', { newBlockHash: 99n }],
    ['osProgramHash', { osProgramHash: 1n }],
    ['configHash', { configHash: 99n }],
    ['fullOutput', { fullOutput: true }],
    ['z', kzg({ z: 16n })],
    ['blobCount', kzg({ commitments: [commitment(1)], evaluations: exampleKzg.evaluations.slice(0, 1) })],
    ['commitment', kzg({ commitments: [commitment(1), commitment(3)] })],
    [
      'commitment',
      kzg({ commitments: exampleKzg.commitments.toReversed(), evaluations: exampleKzg.evaluations.toReversed() }),
    ],
    ['evaluation', kzg({ evaluations: [exampleKzg.evaluations[0] ?? 0n, 0n] })],
    ['messagesToL1', { messagesToL1: [] }],
    ['messagesToL1', { messagesToL1: [toL1, toL1] }],
    ['messagesToL1', { messagesToL1: [{ ...toL1, from: 0n }] }],
    ['messagesToL1', { messagesToL1: [{ ...toL1, to: 0n }] }],
    ['messagesToL1', { messagesToL1: [{ ...toL1, payload: [22n, 24n] }] }],
    ['messagesToL1', { messagesToL1: [{ ...toL1, payload: [22n] }] }],
    ['messagesToL2', { messagesToL2: [] }],
    ['messagesToL2', { messagesToL2: [{ ...toL2, nonce: 0n }] }],
    ['messagesToL2', { messagesToL2: [{ ...toL2, selector: 0n }] }],
    ['messagesToL2', { messagesToL2: [{ ...toL2, payload: [] }] }],
  ])('names %s', async (field, change) => {
    const error = await expectCode('OUTPUT_MISMATCH', field, () =>
      validateOsOutput({ ...example, ...change }, example),
    );
    expect(error.context.field).toBe(field);
    const reverse = await expectCode('OUTPUT_MISMATCH', field, () =>
      validateOsOutput(example, { ...example, ...change }),
    );
    expect(reverse.context.field).toBe(field);
  });

  it('names useKzgDa, and wordCount and the words of a state difference', async () => {
    const fieldOf = async (actual: OsOutput, expected: OsOutput) =>
      (await expectCode('OUTPUT_MISMATCH', 'does not fit', () => validateOsOutput(actual, expected))).context.field;
    expect(await fieldOf(plain, example)).toBe('useKzgDa');
    expect(await fieldOf({ ...plain, stateDiffWords: [1n] }, plain)).toBe('wordCount');
    expect(await fieldOf({ ...plain, stateDiffWords: [1n, 2n] }, { ...plain, stateDiffWords: [1n, 3n] })).toBe(
      'stateDiffWords',
    );
  });

  it('names the first of several differences', async () => {
    const error = await expectCode('OUTPUT_MISMATCH', 'finalRoot', () =>
      validateOsOutput({ ...example, finalRoot: 0n, configHash: 0n, messagesToL1: [] }, example),
    );
    expect(error.context).toEqual({ field: 'finalRoot', actual: '0x0', expected: '0xb' });
  });
});
