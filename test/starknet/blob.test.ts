import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { BYTES_PER_BLOB, blobToWords, WORDS_PER_BLOB, wordsToBlob, wordsToBlobs } from '../../src/starknet/blob.ts';
import { BLS_SCALAR_MODULUS, scalarPower } from '../../src/starknet/bls-scalar.ts';
import { FELT_PRIME, fromBytes, packWords, toBytes32 } from '../../src/starknet/felt.ts';
import { evaluate, interpolate, NTT_ROOT, NTT_SIZE } from '../../src/starknet/ntt.ts';
import { expectCode } from './expect-code.ts';

const scalar = fc.bigInt({ min: 0n, max: BLS_SCALAR_MODULUS - 1n });
const felt = fc.bigInt({ min: 0n, max: FELT_PRIME - 1n });

/** Deterministic values all over the field, extremes included. */
function spread(seed: bigint, modulus: bigint, count: number): bigint[] {
  let state = seed;
  return Array.from({ length: count }, (_, index) => {
    state = (state * 6364136223846793005n + 1442695040888963407n) % (1n << 320n);
    return index % 97 === 0 ? modulus - 1n : state % modulus;
  });
}

function reverseBits(index: number): number {
  let result = 0;
  for (let bit = 0; bit < 12; bit++) result |= ((index >> bit) & 1) << (11 - bit);
  return result;
}

/** The same by definition, halved again and again: the polynomial of the even coefficients and that of the odd ones. */
function valuesAtPowers(coefficients: readonly bigint[], root: bigint): bigint[] {
  if (coefficients.length === 1) return [...coefficients];
  const square = (root * root) % BLS_SCALAR_MODULUS;
  const even = valuesAtPowers(
    coefficients.filter((_, index) => index % 2 === 0),
    square,
  );
  const odd = valuesAtPowers(
    coefficients.filter((_, index) => index % 2 === 1),
    square,
  );
  let power = 1n;
  return coefficients.map((_, index) => {
    const half = index % even.length;
    const value = ((even[half] ?? 0n) + power * (odd[half] ?? 0n)) % BLS_SCALAR_MODULUS;
    power = (power * root) % BLS_SCALAR_MODULUS;
    return value;
  });
}

const transformed = (elements: readonly bigint[], transform: (bytes: Uint8Array) => Uint8Array): bigint[] => {
  const bytes = transform(packWords(elements));
  return elements.map((_, index) => fromBytes(bytes.subarray(32 * index, 32 * index + 32)));
};

describe('transform', () => {
  it('has a primitive root of order 4096', () => {
    expect(scalarPower(7n, (BLS_SCALAR_MODULUS - 1n) / BigInt(NTT_SIZE))).toBe(NTT_ROOT);
    expect(scalarPower(NTT_ROOT, 2048n)).toBe(BLS_SCALAR_MODULUS - 1n);
  });

  it('gives the values of the polynomial at the roots, in bit-reversed order', () => {
    const coefficients = spread(3n, BLS_SCALAR_MODULUS, NTT_SIZE);
    const values = transformed(coefficients, evaluate);
    for (const index of [0, 1, 2, 3, 64, 1000, 2048, 4095]) {
      const x = scalarPower(NTT_ROOT, BigInt(reverseBits(index)));
      const expected = coefficients.reduceRight((sum, coefficient) => (sum * x + coefficient) % BLS_SCALAR_MODULUS, 0n);
      expect(values[index]).toBe(expected);
    }
  });

  // Largest sums, largest differences, a row of limbs that are all ones: whatever could run over in a limb.
  const most = BLS_SCALAR_MODULUS - 1n;
  it.each<[string, (index: number) => bigint]>([
    ['zeros', () => 0n],
    ['ones', () => 1n],
    ['the largest', () => most],
    ['the largest and zero in turn', (index) => (index % 2 === 0 ? most : 0n)],
    ['the largest, then zeros', (index) => (index < 2048 ? most : 0n)],
    ['zeros, then the largest', (index) => (index < 2048 ? 0n : most)],
    ['limbs of ones', () => (1n << 254n) - 1n],
    ['powers of two', (index) => 1n << BigInt(index % 255)],
    ['one element', (index) => (index === 1234 ? most : 0n)],
    ['all over the field', (index) => scalarPower(7n, BigInt(index) * 31n + 5n)],
  ])('agrees with the definition and is undone by its inverse: %s', (_, at) => {
    const coefficients = Array.from({ length: NTT_SIZE }, (_, index) => at(index));
    const plain = valuesAtPowers(coefficients, NTT_ROOT);
    const values = transformed(coefficients, evaluate);
    expect(values).toEqual(values.map((_, index) => plain[reverseBits(index)]));
    expect(transformed(values, interpolate)).toEqual(coefficients);
    expect(transformed(transformed(coefficients, interpolate), evaluate)).toEqual(coefficients);
  });

  it('is undone by its inverse', () => {
    fc.assert(
      fc.property(fc.array(scalar, { maxLength: 8 }), fc.bigInt({ min: 1n, max: 1n << 64n }), (head, seed) => {
        const coefficients = [...head, ...spread(seed, BLS_SCALAR_MODULUS, NTT_SIZE - head.length)];
        expect(transformed(transformed(coefficients, evaluate), interpolate)).toEqual(coefficients);
        expect(transformed(transformed(coefficients, interpolate), evaluate)).toEqual(coefficients);
      }),
      { numRuns: 10 },
    );
  });

  it('leaves what it was given and what it gave before as they are', () => {
    const [first, second] = [3n, 4n].map((seed) => packWords(spread(seed, BLS_SCALAR_MODULUS, NTT_SIZE)));
    if (first === undefined || second === undefined) throw new Error('two were made');
    const [given, values] = [first.slice(), evaluate(first)];
    const kept = values.slice();
    evaluate(second);
    interpolate(second);
    expect(Buffer.compare(first, given)).toBe(0);
    expect(Buffer.compare(values, kept)).toBe(0);
  });
});

describe('blob', () => {
  it('holds the words as coefficients', () => {
    fc.assert(
      fc.property(fc.array(felt, { minLength: 1, maxLength: 300 }), (words) => {
        const blob = wordsToBlob(words);
        expect(blob.length).toBe(BYTES_PER_BLOB);
        const back = blobToWords(blob);
        expect(back.length).toBe(WORDS_PER_BLOB);
        expect(back.slice(0, words.length)).toEqual(words);
        expect(back.slice(words.length).every((word) => word === 0n)).toBe(true);
      }),
      { numRuns: 10 },
    );
  });

  it('of one word repeats it', () => {
    const blob = wordsToBlob([0x1234n]);
    for (const index of [0, 1, 4095]) expect(fromBytes(blob.subarray(32 * index, 32 * index + 32))).toBe(0x1234n);
  });

  it('is read from a view into a larger buffer', () => {
    const blob = wordsToBlob([1n, 2n]);
    const larger = new Uint8Array(BYTES_PER_BLOB + 20);
    larger.set(blob, 7);
    expect(blobToWords(larger.subarray(7, 7 + BYTES_PER_BLOB)).slice(0, 3)).toEqual([1n, 2n, 0n]);
  });

  it('is one of several when there are more than 4096 words', () => {
    const words = spread(5n, FELT_PRIME, 2 * WORDS_PER_BLOB + 1);
    const blobs = wordsToBlobs(words, 3);
    expect(blobs.length).toBe(3);
    expect(blobs.flatMap(blobToWords)).toEqual([...words, ...new Array<bigint>(WORDS_PER_BLOB - 1).fill(0n)]);
    expect(wordsToBlobs(words.slice(0, WORDS_PER_BLOB), 1).length).toBe(1);
  });

  it('refuses more words than the limit allows and says by how much', async () => {
    const error = await expectCode(
      'BLOB_LIMIT_EXCEEDED',
      '8193 words need 3 blobs, 1 more than the limit of 2 (1 words too many)',
      () => wordsToBlobs(new Array<bigint>(2 * WORDS_PER_BLOB + 1).fill(1n), 2),
    );
    expect(error.context).toEqual({ words: 8193, neededBlobs: 3, maxBlobs: 2, excessWords: 1 });
  });

  it('refuses words that are none', async () => {
    await expectCode('WORDS_INVALID', 'there are no words', () => wordsToBlobs([], 6));
    await expectCode('WORDS_INVALID', 'do not fit in one blob', () =>
      wordsToBlob(new Array<bigint>(WORDS_PER_BLOB + 1).fill(1n)),
    );
    await expectCode('WORDS_INVALID', 'word 1 is not below the field prime', () => wordsToBlob([1n, FELT_PRIME]));
    await expectCode('WORDS_INVALID', 'word 0 is not below the field prime', () => wordsToBlob([-1n]));
  });

  it('refuses bytes that are no blob', async () => {
    const blob = wordsToBlob([1n]);
    await expectCode('BLOB_INVALID', 'not 131071', () => blobToWords(blob.subarray(1)));
    await expectCode('BLOB_INVALID', 'not 0', () => blobToWords(new Uint8Array(0)));
    blob.set(toBytes32(BLS_SCALAR_MODULUS), 32 * 17);
    await expectCode('BLOB_INVALID', 'element 17', () => blobToWords(blob));
    blob.set(toBytes32(BLS_SCALAR_MODULUS - 1n), 32 * 17);
    expect(blobToWords(blob).length).toBe(WORDS_PER_BLOB);
  });
});
