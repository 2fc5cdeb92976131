import type { Clock, Entropy } from '../clock/clock.ts';
import type { JobStore } from '../database/job-store.ts';
import type { JobStatus } from '../jobs/job.ts';
import type { ChainView } from '../jobs/planner.ts';
import { classify } from '../jobs/retry-policy.ts';
import { FailureStreak } from '../queues/failure-streak.ts';
import type { Log } from '../telemetry/log.ts';

export interface UntilSettledParts {
  readonly store: Pick<JobStore, 'latest' | 'list'>;
  readonly chain: Pick<ChainView, 'position'>;
  readonly clock: Clock;
  readonly entropy: Entropy;
  readonly log: Log;
  /** Milliseconds between looks into the store. */
  readonly lookMs: number;
}

/** What goes on without an operator. */
const OPEN: readonly JobStatus[] = [
  'Created',
  'LockedForProcessing',
  'PendingVerification',
  'PendingRetry',
  'VerificationFailed',
];

/**
 * Resolves when `stop` fires, or `last` is settled (by a job of ours, or by somebody else before there was one) and no
 * settlement of ours up to there is open: a process that died may have left one whose transaction the contract has long
 * taken, and a later block may be confirmed before an earlier one is looked at again. Without `last` only `stop` ends it.
 * A database or node that does not answer is asked again later; rejects with what trying again cannot help.
 */
export async function untilSettled(
  last: number | undefined,
  { store, chain, clock, entropy, log, lookMs }: UntilSettledParts,
  stop: AbortSignal,
): Promise<void> {
  const streak = new FailureStreak({
    clock,
    entropy,
    log,
    fields: { block: last },
    failing: 'whether the last block is settled cannot be seen',
    working: 'the last block is watched again',
  });
  let askContract = true;
  let settled = false;
  while (!stop.aborted) {
    let pauseMs = lookMs;
    if (last !== undefined) {
      try {
        if (askContract) settled = (await chain.position()) >= last;
        askContract = false;
        settled ||= await isSettledByUs(last, store);
        if (settled && !(await isAnyOpen(last, store))) return;
        streak.worked();
      } catch (error) {
        if (classify(error).retry === 'permanent') throw error;
        streak.failed(error);
        pauseMs = Math.max(lookMs, streak.pauseMs());
      }
    }
    await clock.sleep(pauseMs, stop).catch(() => undefined);
  }
}

async function isSettledByUs(last: number, store: Pick<JobStore, 'latest'>): Promise<boolean> {
  const newest = await store.latest('StateTransition', 'Completed');
  return newest !== undefined && newest.metadata.specific.end_block >= last;
}

async function isAnyOpen(last: number, store: Pick<JobStore, 'list'>): Promise<boolean> {
  return (await store.list({ types: ['StateTransition'], statuses: OPEN, to: last, limit: 1 })).length > 0;
}
