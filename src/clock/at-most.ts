import type { Clock } from './clock.ts';

/** Settles as the work does, but resolves after `ms` at the latest; what is not done by then is no longer waited for. */
export function atMost(clock: Clock, ms: number, work: Promise<unknown>): Promise<void> {
  return new Promise((resolve, reject) => {
    const cancel = clock.after(ms, resolve);
    work.then(() => resolve(), reject).finally(cancel);
  });
}
