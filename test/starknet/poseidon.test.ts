import { describe, expect, it } from '@jest/globals';
import { poseidonHash as libraryHash, poseidonHashMany as libraryHashMany } from '@scure/starknet';
import fc from 'fast-check';
import { FELT_PRIME } from '../../src/starknet/felt.ts';
import { poseidonHash, poseidonHashMany } from '../../src/starknet/poseidon.ts';

const felt = fc.oneof(fc.bigInt({ min: 0n, max: FELT_PRIME - 1n }), fc.constantFrom(0n, 1n, FELT_PRIME - 1n));

describe('Poseidon', () => {
  it('equals the library for two felts', () => {
    fc.assert(fc.property(felt, felt, (x, y) => expect(poseidonHash(x, y)).toBe(libraryHash(x, y))));
  });

  it('equals the library for lists of every length, with zeros at the end', () => {
    fc.assert(
      fc.property(fc.array(felt, { maxLength: 9 }), (values) =>
        expect(poseidonHashMany(values)).toBe(libraryHashMany(values)),
      ),
    );
    for (let length = 0; length < 6; length++) {
      const zeros = new Array<bigint>(length).fill(0n);
      expect(poseidonHashMany(zeros)).toBe(libraryHashMany(zeros));
    }
    const many = Array.from({ length: 501 }, (_, i) => FELT_PRIME - 1n - BigInt(i) ** 11n);
    expect(poseidonHashMany(many)).toBe(libraryHashMany(many));
  });
});
