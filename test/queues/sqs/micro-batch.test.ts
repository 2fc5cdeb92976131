import { beforeEach, describe, expect, it } from '@jest/globals';
import { type ItemResult, MicroBatch, type MicroBatchOptions } from '../../../src/queues/sqs/micro-batch.ts';
import { VirtualClock } from '../../virtual-clock.ts';

describe('micro-batches', () => {
  let clock: VirtualClock;
  let runs: string[][];
  const ok = (value: string): ItemResult<string> => ({ ok: true, value });

  beforeEach(() => {
    clock = new VirtualClock();
    runs = [];
  });

  const batch = (options: Partial<MicroBatchOptions<string, string>> = {}) =>
    new MicroBatch<string, string>({
      clock,
      windowMs: 5,
      maxItems: 3,
      run: async (items) => {
        runs.push([...items]);
        return items.map((item) => ok(item.toUpperCase()));
      },
      ...options,
    });

  it('make one call of what comes within the window, and answer each for itself', async () => {
    const subject = batch();
    const first = subject.add('a');
    await clock.advance(4);
    const second = subject.add('b');
    expect(runs).toEqual([]);
    await clock.advance(1);
    expect(runs).toEqual([['a', 'b']]);
    expect(await Promise.all([first, second])).toEqual(['A', 'B']);
    const third = subject.add('c');
    await clock.advance(5);
    expect(await third).toBe('C');
    expect(runs).toEqual([['a', 'b'], ['c']]);
  });

  it('go at once when they are full or too heavy for another', async () => {
    const full = batch();
    const results = Promise.all(['a', 'b', 'c', 'd'].map((item) => full.add(item)));
    await clock.advance(0);
    expect(runs).toEqual([['a', 'b', 'c']]);
    await clock.advance(5);
    expect(await results).toEqual(['A', 'B', 'C', 'D']);
    runs = [];
    const heavy = batch({ maxWeight: 4, weightOf: (item) => item.length });
    const weighed = Promise.all(['aaa', 'bb', 'cc', 'ddddddddd', 'e'].map((item) => heavy.add(item)));
    await clock.advance(5);
    await weighed;
    expect(runs).toEqual([['aaa'], ['bb', 'cc'], ['ddddddddd'], ['e']]);
  });

  it('tell a failure to those whom it concerns', async () => {
    const some = batch({
      run: async (items) => items.map((item) => (item === 'b' ? { ok: false, error: new Error('no b') } : ok(item))),
    });
    const mixed = Promise.allSettled(['a', 'b', 'c'].map((item) => some.add(item)));
    await clock.advance(5);
    expect((await mixed).map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
    const none = batch({ run: () => Promise.reject(new Error('down')) });
    const lost = Promise.allSettled(['a', 'b'].map((item) => none.add(item)));
    await clock.advance(5);
    expect(await lost).toMatchObject([{ reason: { message: 'down' } }, { reason: { message: 'down' } }]);
  });

  it('are sent by a flush, which waits for those under way', async () => {
    const gate = Promise.withResolvers<void>();
    const subject = batch({
      run: async (items) => {
        await gate.promise;
        runs.push([...items]);
        return items.map(ok);
      },
    });
    const added = subject.add('a');
    let flushed = false;
    const flush = subject.flush().then(() => {
      flushed = true;
    });
    await clock.advance(0);
    expect(flushed).toBe(false);
    gate.resolve();
    await flush;
    expect(await added).toBe('a');
    expect(runs).toEqual([['a']]);
  });
});
