import { describe, expect, it } from '@jest/globals';
import { newMark, wasWritten } from '../../../src/database/mongodb/write-mark.ts';

describe('marks of writes', () => {
  const mark = newMark();
  const others = (count: number) => Array.from({ length: count }, newMark);

  it('tell that a write was applied, also when others followed', () => {
    expect(wasWritten({ version: 5, recent_writes: [...others(2), mark] }, mark, 5)).toBe(true);
    expect(wasWritten({ version: 9, recent_writes: [mark, ...others(4)] }, mark, 5)).toBe(true);
  });

  it('tell that it was not', () => {
    expect(wasWritten(null, mark, 5)).toBe(false);
    expect(wasWritten({ version: 4, recent_writes: others(4) }, mark, 5)).toBe(false);
    expect(wasWritten({ version: 5, recent_writes: others(5) }, mark, 5)).toBe(false);
    expect(wasWritten({ version: 20, recent_writes: others(15) }, mark, 5)).toBe(false);
    expect(wasWritten({ version: 5 }, mark, 5)).toBe(false);
  });

  it('say so when nobody can know any more', () => {
    expect(() => wasWritten({ version: 21, recent_writes: others(16) }, mark, 5)).toThrow(
      expect.objectContaining({ code: 'DATABASE_UNAVAILABLE', retry: 'dependency-down' }),
    );
  });
});
