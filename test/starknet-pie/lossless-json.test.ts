import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { type LosslessJson, parseLosslessJson } from '../../src/starknet/lossless-json.ts';

/** With prototypes, which the reader leaves out on purpose, and with integers rounded. */
const plain = (value: LosslessJson): unknown =>
  JSON.parse(JSON.stringify(value, (_, item: unknown) => (typeof item === 'bigint' ? Number(item) : item)));

describe('lossless JSON', () => {
  it('reads what JSON.parse reads', () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 4 }), (value) => {
        const text = JSON.stringify(value);
        expect(plain(parseLosslessJson(text))).toEqual(JSON.parse(text));
        expect(plain(parseLosslessJson(JSON.stringify(value, null, 2)))).toEqual(JSON.parse(text));
      }),
    );
  });

  it('refuses what JSON.parse refuses', () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom(...'[]{}",:\\01-.eE+ tnu'), maxLength: 12 }), (text) => {
        let valid = true;
        try {
          JSON.parse(text);
        } catch {
          valid = false;
        }
        if (valid) return;
        expect(() => parseLosslessJson(text)).toThrow(SyntaxError);
      }),
      { numRuns: 2_000 },
    );
  });

  it('keeps integers beyond 2^53, and gives small ones as numbers', () => {
    expect(parseLosslessJson('[9007199254740993, -9007199254740993, 9007199254740991, 1.5, 1e3]')).toEqual([
      9007199254740993n,
      -9007199254740993n,
      9007199254740991,
      1.5,
      1000,
    ]);
  });

  it('refuses doubled names, and more values, depth and digits than allowed', () => {
    expect(() => parseLosslessJson('{"a":1,"a":1}')).toThrow('there twice');
    expect(() => parseLosslessJson('[1,2,3]', { maxValues: 3, maxDepth: 9 })).toThrow('more than 3 values');
    expect(() => parseLosslessJson('[[[]]]', { maxValues: 9, maxDepth: 2 })).toThrow('more than 2 deep');
    expect(() => parseLosslessJson('1'.repeat(321))).toThrow('more than 320 digits');
    expect(Object.getPrototypeOf(parseLosslessJson('{"__proto__":{"a":1}}'))).toBeNull();
  });
});
