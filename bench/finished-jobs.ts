import { systemClock, systemEntropy } from '../src/clock/system-clock.ts';
import { createJob } from '../src/jobs/create-job.ts';
import type { Job } from '../src/jobs/job.ts';
import { defaultPolicies } from '../src/jobs/job-policy.ts';
import { dataSubmissionJobFor, newSnosJob, provingJobFor, stateTransitionJobFor } from '../src/jobs/new-jobs.ts';

/** The four jobs of each block of [from, to) as they are once the block is settled, each with 500 bytes of a stage's own. */
export function finishedJobs(from: number, to: number): Job[] {
  const jobs: Job[] = [];
  const now = systemClock.now();
  const id = (): string => systemEntropy.uuid();
  const fact = `0x${'1'.repeat(64)}`;
  for (let block = from; block < to; block += 1) {
    const snos = complete(newSnosJob({ first: block, last: block }, id()), { snos_fact: fact });
    const proving = complete(provingJobFor(snos, id()), {});
    const data = complete(dataSubmissionJobFor(proving, id()), { blob_sha256: '2'.repeat(64) });
    jobs.push(snos, proving, data, complete(stateTransitionJobFor(data, id()), {}));
  }
  return jobs;

  function complete(given: Parameters<typeof createJob>[0], extra: object): Job {
    const job = createJob(given, now, '0.1.0', defaultPolicies()[given.job_type]);
    const specific = { ...job.metadata.specific, ...extra } as Job['metadata']['specific'];
    return {
      ...job,
      status: 'Completed',
      external_id: 'x'.repeat(500),
      metadata: { ...job.metadata, specific },
      outbox: { sequence: 2, due_at: null, entries: [] },
      next_action_at: null,
    };
  }
}
