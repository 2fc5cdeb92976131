import { describe, expect, it } from '@jest/globals';
import { pedersen } from '@scure/starknet';
import fc from 'fast-check';
import { FELT_PRIME } from '../../src/starknet/felt.ts';
import { pedersenFold, pedersenHash } from '../../src/starknet/program-hash/pedersen.ts';
import { inverse, inverses } from '../../src/starknet/program-hash/stark-curve.ts';
import { expectCode } from '../starknet/expect-code.ts';

const felt = fc.bigInt({ min: 0n, max: FELT_PRIME - 1n });
const library = (a: bigint, b: bigint) => BigInt(pedersen(a, b));

describe('Pedersen hash', () => {
  it('equals the library on random felts', () => {
    fc.assert(
      fc.property(felt, felt, (a, b) => {
        expect(pedersenHash(a, b)).toBe(library(a, b));
      }),
      { numRuns: 60 },
    );
  });

  it('equals the library where windows, limbs and the high bits begin and end', () => {
    const edges = [0n, 1n, 1023n, 1024n, 2n ** 30n, 2n ** 240n - 1n, 2n ** 240n, 2n ** 248n - 1n, 2n ** 248n];
    edges.push(2n ** 249n, 2n ** 251n, FELT_PRIME - 1n, FELT_PRIME - 2n, (1n << 251n) - 1n);
    for (const edge of edges) {
      for (const other of [0n, 1n, FELT_PRIME - 1n]) {
        expect(pedersenHash(edge, other)).toBe(library(edge, other));
        expect(pedersenHash(other, edge)).toBe(library(other, edge));
      }
    }
  });

  it('folds from the right, also across the batches that are added up together', () => {
    const values = Array.from({ length: 1100 }, (_, i) => (BigInt(i) ** 31n * 7919n) % FELT_PRIME);
    for (const length of [2, 3, 20]) {
      const own = values.slice(0, length);
      expect(pedersenFold(own)).toBe(own.reduceRight((hash, value) => library(value, hash)));
    }
    // Past the first 1,000 values one hash after the other of ours has been compared above.
    expect(pedersenFold(values)).toBe(values.reduceRight((hash, value) => pedersenHash(value, hash)));
    expect(pedersenFold([7n])).toBe(7n);
  });

  it('refuses what is no felt, and nothing', async () => {
    await expectCode('FELT_INVALID', 'felts only', () => pedersenHash(FELT_PRIME, 1n));
    await expectCode('FELT_INVALID', 'felts only', () => pedersenHash(1n, -1n));
    await expectCode('FELT_INVALID', 'at least one', () => pedersenFold([]));
  });
});

describe('inverse in the field', () => {
  it('holds for values of every size and near powers of two', () => {
    const near = fc.tuple(fc.integer({ min: 1, max: 251 }), fc.integer({ min: -3, max: 3 }));
    const sized = fc.tuple(felt, fc.integer({ min: 0, max: 240 })).map(([value, bits]) => value >> BigInt(bits));
    fc.assert(
      fc.property(
        fc.oneof(
          sized,
          near.map(([bits, off]) => (1n << BigInt(bits)) + BigInt(off)),
        ),
        (value) => {
          fc.pre(value > 0n && value < FELT_PRIME);
          const own = inverse(value);
          expect(own > 0n && own < FELT_PRIME && (own * value) % FELT_PRIME === 1n).toBe(true);
        },
      ),
      { numRuns: 3_000 },
    );
  });

  it('times the value is 1, for values of either sign, one by one and together', async () => {
    const values = [1n, 2n, FELT_PRIME - 1n, 3n ** 150n, -1n, -(5n ** 90n)].map((value) => value % FELT_PRIME);
    const own = values.map(inverse);
    for (const [index, value] of values.entries()) {
      const product = ((own[index] ?? 0n) * value) % FELT_PRIME;
      expect(product < 0n ? product + FELT_PRIME : product).toBe(1n);
    }
    const together = inverses(values).map((value) => ((value % FELT_PRIME) + FELT_PRIME) % FELT_PRIME);
    expect(together).toEqual(own);
    await expectCode('FELT_INVALID', 'no inverse', () => inverses([1n, 0n]));
  });
});
