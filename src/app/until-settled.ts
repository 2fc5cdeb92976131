import type { Clock } from '../clock/clock.ts';
import type { JobStore } from '../database/job-store.ts';
import type { JobStatus } from '../jobs/job.ts';
import type { ChainView } from '../jobs/planner.ts';

const LOOK_MS = 100;
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
 */
export async function untilSettled(
  last: number | undefined,
  store: Pick<JobStore, 'latest' | 'list'>,
  chain: Pick<ChainView, 'position'>,
  clock: Clock,
  stop: AbortSignal,
): Promise<void> {
  let settled = last !== undefined && (await chain.position()) >= last;
  while (!stop.aborted) {
    if (last !== undefined) {
      settled ||= await isSettledByUs(last, store);
      if (settled && !(await isAnyOpen(last, store))) return;
    }
    await clock.sleep(LOOK_MS, stop).catch(() => undefined);
  }
}

async function isSettledByUs(last: number, store: Pick<JobStore, 'latest'>): Promise<boolean> {
  const newest = await store.latest('StateTransition', 'Completed');
  return newest !== undefined && newest.metadata.specific.end_block >= last;
}

async function isAnyOpen(last: number, store: Pick<JobStore, 'list'>): Promise<boolean> {
  return (await store.list({ types: ['StateTransition'], statuses: OPEN, to: last, limit: 1 })).length > 0;
}
