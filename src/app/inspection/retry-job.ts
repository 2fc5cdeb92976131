import type { Clock } from '../../clock/clock.ts';
import type { JobStore } from '../../database/job-store.ts';
import { OrchestratorError } from '../../errors/orchestrator-error.ts';
import type { Job } from '../../jobs/job.ts';
import type { JobPolicies } from '../../jobs/job-policy.ts';
import { LEGAL, transition } from '../../jobs/lifecycle.ts';
import { findJob } from './find-job.ts';

const TRIES = 5;

/**
 * An operator's order to work on a job again: its attempts are forgotten and its wake-up is sent. Fails with JOB_STATE
 * when the job is in a status in which that makes no sense.
 */
export async function retryJob(
  store: JobStore,
  clock: Clock,
  policies: JobPolicies,
  name: string,
  by: string,
): Promise<Job> {
  for (let attempt = 1; attempt <= TRIES; attempt += 1) {
    const job = await findJob(store, name);
    const next = transition(job, { type: 'retry', by }, clock.now(), policies[job.job_type]);
    if (!next.accepted) throw notRetryable(job);
    const leaseToken = job.lease?.token ?? null;
    const outcome = await store.commit({ expected: { version: job.version, leaseToken }, job: next.job });
    if (outcome.kind === 'committed') return next.job;
  }
  throw new OrchestratorError('DATABASE_UNAVAILABLE', `The job ${name} is changed by others all the time.`, {
    retry: 'transient',
    hint: 'Try again.',
  });
}

function notRetryable(job: Job): OrchestratorError {
  return new OrchestratorError(
    'JOB_STATE',
    `The job ${job.id} (${job.job_type} of block ${job.internal_id}) is ${job.status}; only ${LEGAL.retry.join(' and ')} jobs can be retried.`,
    {
      context: { id: job.id, status: job.status },
      hint: `"orchestrator explain ${job.internal_id}" says what it waits for.`,
    },
  );
}
