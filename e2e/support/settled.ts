import { expect } from '@jest/globals';
import type { JobStore } from '../../src/database/job-store.ts';
import type { ServedChain } from '../../src/devnet/chain/served-chain.ts';
import type { Job } from '../../src/jobs/job.ts';
import type { CoreOnAnvil } from './ethereum.ts';

/**
 * Every block from 0 to `blocks - 1` was settled once and in order, by one transaction each, all jobs are done and nobody
 * holds any. Answers the jobs.
 */
export async function expectSettledOnce(
  core: CoreOnAnvil,
  chain: ServedChain,
  store: JobStore,
  blocks: number,
): Promise<Job[]> {
  expect(await core.updates()).toEqual(Array.from({ length: blocks }, (_, block) => block));
  expect(await core.transactions()).toBe(blocks);
  expect(await core.root()).toBe(chain.header(blocks - 1).newRoot);
  const jobs = await store.list({ limit: blocks * 8 });
  expect(jobs).toHaveLength(blocks * 4);
  expect(jobs.filter(({ status }) => status !== 'Completed')).toEqual([]);
  expect(jobs.filter(({ lease }) => lease !== null)).toEqual([]);
  return jobs;
}

/** Reasons for which jobs spent an attempt; a dependency that is down costs none and leaves no reason. */
export function attemptsSpent(jobs: readonly Job[]): string[] {
  return jobs.flatMap(({ job_type, internal_id, metadata: { common } }) =>
    [...common.previous_failure_reasons, common.failure_reason ?? []]
      .flat()
      .map((reason) => `${job_type} ${internal_id}: ${reason}`),
  );
}

/** What is not done, for the message of a test that has waited too long. */
export async function unfinished(store: JobStore): Promise<string> {
  const jobs = await store.list({ limit: 10_000 });
  return jobs
    .filter(({ status }) => status !== 'Completed')
    .slice(0, 20)
    .map(({ job_type, internal_id, status, lease, attempts, next_action_at, waiting_for, history }) =>
      JSON.stringify({
        job_type,
        internal_id,
        status,
        lease,
        attempts,
        next_action_at,
        waiting_for,
        history: history.slice(-6),
      }),
    )
    .join('\n');
}
