import { describe, expect, it } from '@jest/globals';
import { frozenDocument } from '../../src/database/memory/frozen-document.ts';

describe('frozenDocument', () => {
  it('freezes as deeply as the document goes', () => {
    const document = { list: [{ inner: { value: 1 } }], none: null };
    expect(frozenDocument(document)).toBe(document);
    expect(() => {
      (document.list[0] ?? { inner: { value: 0 } }).inner.value = 2;
    }).toThrow(TypeError);
    expect(() => document.list.push({ inner: { value: 3 } })).toThrow(TypeError);
  });

  it.each([
    ['undefined', { a: { b: undefined } }, 'document.a.b'],
    ['NaN', { a: Number.NaN }, 'document.a'],
    ['bigint', { a: [1n] }, 'document.a.0'],
    ['a date', { a: new Date(0) }, 'document.a'],
    ['a map', { a: new Map() }, 'document.a'],
    ['a function', { a: () => 1 }, 'document.a'],
  ])('refuses %s, which a database would not bring back', (_, document, path) => {
    expect(() => frozenDocument(document)).toThrow(path);
  });
});
