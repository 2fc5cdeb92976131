import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import {
  FELT_PRIME,
  feltToHex,
  fromBytes,
  packWords,
  parseFelt,
  shortString,
  toBytes32,
  toHex32,
} from '../../src/starknet/felt.ts';
import { expectCode } from './expect-code.ts';

const felt = fc.bigInt({ min: 0n, max: FELT_PRIME - 1n });

describe('felt', () => {
  it('has the prime of the Starknet curve', () => {
    expect(feltToHex(FELT_PRIME)).toBe('0x800000000000011000000000000000000000000000000000000000000000001');
  });

  it('comes back from every form it is written in', () => {
    fc.assert(
      fc.property(felt, (value) => {
        expect(parseFelt(feltToHex(value), 'x')).toBe(value);
        expect(parseFelt(toHex32(value), 'x')).toBe(value);
        expect(parseFelt(`0x${value.toString(16).toUpperCase()}`, 'x')).toBe(value);
        expect(fromBytes(toBytes32(value))).toBe(value);
      }),
    );
  });

  it('is written with the fewest digits, or with all 64', () => {
    expect(feltToHex(0n)).toBe('0x0');
    expect(feltToHex(0xabcn)).toBe('0xabc');
    expect(toHex32(0xabcn)).toBe(`0x${'0'.repeat(61)}abc`);
    expect(toBytes32(258n)).toEqual(Uint8Array.from([...new Array<number>(30).fill(0), 1, 2]));
    expect(packWords([1n, 2n])).toEqual(Uint8Array.from([...toBytes32(1n), ...toBytes32(2n)]));
  });

  it.each([
    ['a number', 12, 'of type number'],
    ['nothing', undefined, 'missing'],
    ['null', null, 'null'],
    ['decimal digits', '12', 'not a hex number'],
    ['no digits', '0x', 'not a hex number'],
    ['a foreign digit', '0x12g', 'not a hex number'],
    ['a sign', '-0x1', 'not a hex number'],
    ['white space', ' 0x1', 'not a hex number'],
    ['65 digits', `0x${'0'.repeat(64)}1`, 'not a hex number'],
    ['the prime', feltToHex(FELT_PRIME), 'not below the field prime'],
    ['the largest 256-bit number', `0x${'f'.repeat(64)}`, 'not below the field prime'],
  ])('is not read from %s', async (_name, value, text) => {
    const error = await expectCode('FELT_INVALID', text, () => parseFelt(value, 'nonces[3]'));
    expect(error.message).toContain('nonces[3]');
  });

  it('is not written from a negative or too large integer', async () => {
    for (const write of [feltToHex, toHex32, toBytes32]) {
      await expectCode('FELT_INVALID', 'does not fit', () => write(-1n));
      await expectCode('FELT_INVALID', 'does not fit', () => write(1n << 256n));
    }
  });

  it('holds short strings', async () => {
    expect(feltToHex(shortString('SN_SEPOLIA'))).toBe('0x534e5f5345504f4c4941');
    expect(shortString('')).toBe(0n);
    await expectCode('FELT_INVALID', 'longer than', () => shortString('a'.repeat(32)));
    await expectCode('FELT_INVALID', 'outside ASCII', () => shortString('ä'));
  });
});
