import { describe, expect, it } from '@jest/globals';
import { repeat } from '../../src/app/repeat.ts';
import { type Log, silentLog } from '../../src/telemetry/log.ts';

const NEVER_MS = 2 ** 30;

describe('background work', () => {
  it('is waited for by whoever ends it, and a failure of its last pass is none', async () => {
    const warnings: string[] = [];
    const log: Log = { ...silentLog, warn: (_fields, message) => void warnings.push(message) };
    const gate = Promise.withResolvers<void>();
    let isOver = false;
    const end = repeat(NEVER_MS, log, async () => {
      await gate.promise;
      isOver = true;
      throw new Error('orchestrator.db was closed');
    });
    const ended = end();
    let hasEnded = false;
    void ended.then(() => {
      hasEnded = true;
    });
    await new Promise(setImmediate);
    expect({ isOver, hasEnded }).toEqual({ isOver: false, hasEnded: false });
    gate.resolve();
    await ended;
    expect(isOver).toBe(true);
    expect(warnings).toEqual([]);
  });

  it('is not begun again while it runs', async () => {
    const gate = Promise.withResolvers<void>();
    let passes = 0;
    const end = repeat(1, silentLog, async () => {
      passes += 1;
      await gate.promise;
    });
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(passes).toBe(1);
    gate.resolve();
    await end();
  });

  it('that fails is said, and tried again', async () => {
    const again = Promise.withResolvers<void>();
    const warnings: string[] = [];
    const log: Log = { ...silentLog, warn: (_fields, message) => void warnings.push(message) };
    let passes = 0;
    const end = repeat(1, log, async () => {
      passes += 1;
      if (passes === 1) throw new Error('no database');
      again.resolve();
    });
    await again.promise;
    await end();
    expect(warnings).toEqual(['background work failed, trying again later']);
  });
});
