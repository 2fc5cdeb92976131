import { hostname } from 'node:os';
import type { JobStore } from '../../src/database/job-store.ts';
import type { Job, JobStatus, JobType } from '../../src/jobs/job.ts';
import type { Program } from './program.ts';

const MANY = 10_000;

/** What the name of the process as an instance begins with. */
export function ownerOf(program: Program): RegExp {
  return new RegExp(`^${hostname().replaceAll('.', '[.]')}-${program.pid}-`);
}

/** Jobs on which the instance has a live lease. */
export async function leasesOf(store: JobStore, owner: RegExp): Promise<Job[]> {
  const jobs = await store.list({ statuses: ['LockedForProcessing', 'PendingVerification'], limit: MANY });
  return jobs.filter(({ lease }) => lease !== null && owner.test(lease.owner));
}

/** Jobs that each instance completed. */
export function completedBy(jobs: readonly Job[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const { history } of jobs) {
    const by = history.findLast(({ event }) => event === 'completed')?.by;
    if (by !== null && by !== undefined) counts.set(by, (counts.get(by) ?? 0) + 1);
  }
  return counts;
}

/** Block numbers of the jobs of one type and status, ascending. */
export async function blocksOf(store: JobStore, type: JobType, status: JobStatus): Promise<number[]> {
  const jobs = await store.list({ types: [type], statuses: [status], limit: MANY });
  return jobs.map(({ internal_id }) => internal_id);
}
