import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { JsonLimitError, type LosslessJson, parseLosslessJson } from '../../src/starknet/lossless-json.ts';

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

  it('tells what is beyond a limit from what is no JSON', () => {
    for (const text of ['[1,2,3]', '[[[]]]', '1'.repeat(321)])
      expect(() => parseLosslessJson(text, { maxValues: 3, maxDepth: 2 })).toThrow(JsonLimitError);
    expect(() => parseLosslessJson('[1,]')).not.toThrow(JsonLimitError);
  });

  it('keeps nothing of the members that are not wanted, which count as one value each', () => {
    const text = '{"a":[1,{"b":[2]}],"b":{"a":1,"b":2},"c":["\\n",null,1.5e3,{},[],-1,true]}';
    const read = parseLosslessJson(text, { members: ['b'], maxValues: 6 });
    expect(plain(read)).toEqual({ a: null, b: { a: 1, b: 2 }, c: null });
    const values = (maxValues: number) => () => parseLosslessJson(text, { members: ['b'], maxValues });
    expect(values(5)).toThrow('more than 5 values');
    expect(() => parseLosslessJson('{"a":1,"a":2}', { members: [] })).toThrow('there twice');
    expect(() => parseLosslessJson('{"a":[[[]]]}', { members: [], maxDepth: 3 })).toThrow('more than 3 deep');
  });

  it('checks the members that are not wanted as JSON.parse does', () => {
    const unit = fc.constantFrom(...'[]{}",:\\01-.eE+ tnu', 'null', '"a":', '\n', '\t');
    fc.assert(
      fc.property(fc.oneof(fc.json(), fc.string({ unit, maxLength: 12 })), (inner) => {
        const text = `{"a":${inner}}`;
        let valid = true;
        try {
          JSON.parse(text);
        } catch {
          valid = false;
        }
        // Closed early by its own bracket, it has members of the document in it.
        fc.pre(!/^[^{]*}/.test(inner));
        if (valid) expect(plain(parseLosslessJson(text, { members: [] }))).toEqual({ a: null });
        else expect(() => parseLosslessJson(text, { members: [] })).toThrow(SyntaxError);
      }),
      { numRuns: 2_000 },
    );
  });
});
