import type { Clock } from '../clock/clock.ts';

/** Waits `ms` at most: a pass that waits for a system without an answer may be cut off, and must not hold up the end. */
export function atMost(clock: Clock, ms: number, work: Promise<unknown>): Promise<void> {
  return new Promise((resolve, reject) => {
    const cancel = clock.after(ms, resolve);
    work.then(() => resolve(), reject).finally(cancel);
  });
}
