import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { messageOf, subjectOf } from '../../src/alerts/sns/alert-message.ts';

describe('subjectOf', () => {
  it.each([
    ['Job Failed Alert\nJob ID: 1', 'Job Failed Alert'],
    ['  Settlement of block 5 is held: é\u0007 low', 'Settlement of block 5 is held: ? low'],
    ['', 'Orchestrator alert'],
    [`${'x'.repeat(99)}\nrest`, 'x'.repeat(99)],
    ['y'.repeat(100), `${'y'.repeat(96)}...`],
  ])('%j', (text, subject) => expect(subjectOf(text)).toBe(subject));
});

describe('messageOf', () => {
  it('leaves what fits as it is', () => {
    expect(messageOf('a'.repeat(262_144))).toBe('a'.repeat(262_144));
    expect(messageOf(`Block 5 – failed`)).toBe(`Block 5 – failed`);
  });

  it('cuts between characters, says so, and fills what there is', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', minLength: 40, maxLength: 200 }), (text) => {
        const cut = messageOf(text, 90);
        const size = Buffer.byteLength(text);
        if (size <= 90) return expect(cut).toBe(text);
        const [, kept = '', bytes] = /^(.*)\n\[cut off: the alert has (\d+) bytes\]$/s.exec(cut) ?? [];
        expect(Number(bytes)).toBe(size);
        expect(text.startsWith(kept)).toBe(true);
        expect(Buffer.byteLength(cut)).toBeLessThanOrEqual(90);
        expect(Buffer.byteLength(cut)).toBeGreaterThan(86);
      }),
    );
    expect(Buffer.byteLength(messageOf('é'.repeat(200_000)))).toBeLessThanOrEqual(262_144);
  });
});
