import type { Attempts } from './job.ts';

/** Milliseconds of waiting after which a deferral that should have been brief is told to operators. */
const TELL_AFTER_MS = 15 * 60_000;
const LONGEST_PAUSE_MS = 60_000;
/** Pauses are a fifth of the wait so far: what comes soon is seen soon. */
const SHARE_OF_WAIT = 0.2;

/** Milliseconds until the next try: `shortestMs` at first, growing to a minute with the wait. */
export function briefPauseMs(shortestMs: number, { deferred_ms }: Attempts): number {
  const growing = Math.min(LONGEST_PAUSE_MS, Math.round((deferred_ms ?? 0) * SHARE_OF_WAIT));
  return Math.max(shortestMs, growing);
}

/** Attempts with one more pause counted. Only pauses count: while the program is down or busy elsewhere nobody looks. */
export function withBriefPause(attempts: Attempts, pauseMs: number): Attempts {
  return { ...attempts, deferred_ms: (attempts.deferred_ms ?? 0) + Math.max(0, pauseMs) };
}

/** Whether this pause is the one that makes the wait too long for a brief one; true once. */
export function becomesTooLong(before: Attempts, after: Attempts): boolean {
  return (before.deferred_ms ?? 0) < TELL_AFTER_MS && (after.deferred_ms ?? 0) >= TELL_AFTER_MS;
}
