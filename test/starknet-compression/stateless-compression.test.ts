import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import {
  compressWords,
  decompressWords,
  readCompressedWords,
} from '../../src/starknet/compression/stateless-compression.ts';
import { FELT_PRIME } from '../../src/starknet/felt.ts';
import { expectCode } from '../starknet/expect-code.ts';
import { damage, felt, wordList } from './arbitraries.ts';
import { resultOrRefusal, withinMemory } from './within-memory.ts';

/** Header word of [version, words, bucket sizes from 252 to 15 bits, repeats]. */
function header(...fields: number[]): bigint {
  return fields.reduce((word, field, index) => word | (BigInt(field) << BigInt(20 * index)), 0n);
}

describe('stateless compression', () => {
  it('is the single word 0 for no words', () => {
    expect(compressWords([])).toEqual([0n]);
    expect(decompressWords([0n])).toEqual([]);
  });

  it('keeps one word in the narrowest bucket', () => {
    for (const [bucket, bits] of [252, 125, 83, 62, 31, 15].entries()) {
      const sizes = [0, 0, 0, 0, 0, 0].map((_, index) => (index === bucket ? 1 : 0));
      const largest = bits === 252 ? FELT_PRIME - 1n : (1n << BigInt(bits)) - 1n;
      expect(compressWords([largest])).toEqual([header(0, 1, ...sizes, 0), largest, BigInt(bucket)]);
      if (bucket > 0) expect(compressWords([largest + 1n]).at(-1)).toBe(BigInt(bucket - 1));
    }
  });

  it('writes values, pointers and bucket numbers one after the other, the first least significant', () => {
    const wide = 1n << 200n;
    // Kept: wide, 2^20, 5, 6. Repeats: 6 (index 3), wide (index 0).
    const words = [5n, wide, 6n, 6n, 1n << 20n, wide];
    const indices = [5n, 0n, 5n, 6n, 4n, 6n].reduceRight((word, index) => word * 7n + index, 0n);
    const stream = [header(0, 6, 1, 0, 0, 0, 1, 2, 2), wide, 1n << 20n, 5n | (6n << 15n), 3n + 0n * 4n, indices];
    expect(compressWords(words)).toEqual(stream);
    expect(decompressWords(stream)).toEqual(words);
  });

  it('packs pointers in base of their bound, 251 a word for a single kept value', () => {
    const same = compressWords(new Array<bigint>(253).fill(9n));
    // header, one value, ceil(252 / 251) words of pointers, ceil(253 / 83) words of bucket numbers
    expect(same.length).toBe(1 + 1 + 2 + 4);
    expect(decompressWords(same)).toEqual(new Array<bigint>(253).fill(9n));
    // Five kept values: base 5, three bits each as far as room goes.
    const five = [1n, 2n, 3n, 4n, 5n];
    const stream = compressWords([...five, 5n, 3n]);
    expect(stream.slice(2, 3)).toEqual([4n + 2n * 5n]);
  });

  it('round-trips, and the stream is the only one for its words', () => {
    fc.assert(
      fc.property(wordList, fc.array(felt, { maxLength: 3 }), (words, behind) => {
        const stream = compressWords(words);
        expect(decompressWords(stream)).toEqual(words);
        expect(readCompressedWords([...stream, ...behind])).toEqual({ words, length: stream.length });
      }),
      { numRuns: 1500 },
    );
  });

  it('round-trips long lists', () => {
    for (const distinct of [1, 2, 500, 30_000]) {
      const words = Array.from({ length: 60_000 }, (_, index) => BigInt((index * 7919) % distinct) ** 5n);
      expect(decompressWords(compressWords(words))).toEqual(words);
    }
  });

  it('refuses words that are none, and more than the header can count', async () => {
    await expectCode('WORDS_INVALID', 'word 1 is not below the field prime', () => compressWords([1n, FELT_PRIME]));
    await expectCode('WORDS_INVALID', 'word 0 is not below the field prime', () => compressWords([-1n]));
    await expectCode('WORDS_INVALID', '1048576 words cannot be compressed', () =>
      compressWords(new Array<bigint>(2 ** 20).fill(1n)),
    );
  });

  it.each<[string, bigint[]]>([
    ['there is no header', []],
    ['the first word is no header', [1n << 180n]],
    ['the first word is no header', [-1n]],
    ['its version is 1', [header(1)]],
    ['claims 3 words, but its buckets and repeats add up to 2', [header(0, 3, 1, 0, 0, 0, 0, 0, 1), 1n, 0n]],
    [
      'claims a stream of 78171 words, but there are 3',
      [header(0, 1048575, 0, 0, 0, 0, 0, 1048575, 0), 1n, 0n].slice(0, 3),
    ],
    ['word 1 is not below the field prime', [header(0, 1, 1, 0, 0, 0, 0, 0, 0), FELT_PRIME, 0n]],
    ['holds a value that belongs in a narrower one', [header(0, 1, 1, 0, 0, 0, 0, 0, 0), 5n, 0n]],
    ['the bucket of 15 bits holds more than its 1 values', [header(0, 1, 0, 0, 0, 0, 0, 1, 0), 1n << 15n, 5n]],
    ['there are more than the 1 repeats', [header(0, 2, 0, 0, 0, 0, 0, 1, 1), 5n, 1n, 5n + 6n * 7n]],
    ['there are more than the 1 words', [header(0, 1, 0, 0, 0, 0, 0, 1, 0), 5n, 5n + 7n]],
    ['a value is kept twice', [header(0, 2, 0, 0, 0, 0, 0, 2, 0), 5n | (5n << 15n), 5n + 5n * 7n]],
    ['more words come from bucket 4 than it holds', [header(0, 1, 0, 0, 0, 0, 0, 1, 0), 5n, 4n]],
    ['more words come from bucket 6 than it holds', [header(0, 1, 0, 0, 0, 0, 0, 1, 0), 5n, 6n]],
    ['more words come from bucket 6 than it holds', [header(0, 1, 0, 0, 0, 0, 0, 0, 1), 0n, 6n]],
    ['a repeat stands before the value', [header(0, 2, 0, 0, 0, 0, 0, 1, 1), 5n, 0n, 6n + 5n * 7n]],
    ['1 words follow the end', [header(0, 1, 0, 0, 0, 0, 0, 1, 0), 5n, 5n, 0n]],
  ])('refuses a stream: %s', async (message, stream) => {
    await expectCode('WORDS_INVALID', message, () => decompressWords(stream));
  });

  it('refuses damaged streams or reads exactly what they now say, in little memory', () => {
    withinMemory((sample) => {
      const stream = fc.oneof(
        {
          weight: 4,
          arbitrary: fc
            .tuple(wordList, fc.array(damage, { minLength: 1, maxLength: 3 }))
            .map(([words, changes]) => changes.reduce<bigint[]>((list, change) => change(list), compressWords(words))),
        },
        { weight: 1, arbitrary: fc.array(felt, { maxLength: 30 }) },
        {
          weight: 1,
          arbitrary: fc
            .tuple(fc.array(fc.nat(2 ** 20 - 1), { minLength: 7, maxLength: 7 }), fc.array(felt, { maxLength: 30 }))
            .map(([sizes, rest]) => [header(0, sizes.reduce((a, b) => a + b, 0) % 2 ** 20, ...sizes), ...rest]),
        },
      );
      fc.assert(
        fc.property(stream, (words) => {
          const plain = resultOrRefusal('WORDS_INVALID', () => decompressWords(words));
          if (plain !== undefined) expect(compressWords(plain)).toEqual(words);
          sample();
        }),
        { numRuns: 2000 },
      );
    });
  });
});
