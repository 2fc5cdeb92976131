import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { FELT_PRIME as P } from '../../src/starknet/felt.ts';
import { poseidonHashMany } from '../../src/starknet/poseidon.ts';
import { poseidonHashManyFast } from '../../src/starknet/wasm/poseidon-wasm.ts';
import { expectCode } from './expect-code.ts';

/** Felts near the ends of the field and of limbs, and any others. */
const felt = fc.oneof(
  fc.bigInt({ min: 0n, max: P - 1n }),
  fc.bigInt({ min: 0n, max: 3n }).map((small) => P - 1n - small),
  fc.integer({ min: 0, max: 250 }).map((bit) => (1n << BigInt(bit)) - 1n),
  fc.integer({ min: 0, max: 250 }).map((bit) => P - (1n << BigInt(bit))),
  fc.bigInt({ min: 0n, max: 3n }),
);

describe('Poseidon in WebAssembly', () => {
  it('is Poseidon, for felts of any size and lists of any length', () => {
    fc.assert(
      fc.property(fc.array(felt, { maxLength: 12 }), (values) => {
        expect(poseidonHashManyFast(values)).toBe(poseidonHashMany(values));
      }),
      { numRuns: 1_000 },
    );
  });

  it('goes on where its memory ends: lists around 2048 and 4096 words', () => {
    for (const length of [2_046, 2_047, 2_048, 2_049, 4_097]) {
      const values = Array.from({ length }, (_, i) => (BigInt(i + 7) ** 45n * 31n) % P);
      expect(poseidonHashManyFast(values)).toBe(poseidonHashMany(values));
    }
  });

  it('keeps its bounds where every limb is at its end', () => {
    for (const value of [P - 1n, (1n << 251n) - 1n, (1n << 251n) - (1n << 196n), 0n]) {
      const values = new Array<bigint>(64).fill(value);
      expect(poseidonHashManyFast(values)).toBe(poseidonHashMany(values));
    }
  });

  it.each([P, -1n, 1n << 256n])('refuses %s, which is no felt', async (value) => {
    const error = await expectCode('WORDS_INVALID', 'word 1 is not below the field prime', () =>
      poseidonHashManyFast([1n, value]),
    );
    expect(error.context).toEqual({ index: 1 });
  });
});
