import { createJob } from '../../../src/jobs/create-job.ts';
import type { Job, NewJob, SpecificMetadata } from '../../../src/jobs/job.ts';
import type { ProcessOutcome, VerifyOutcome, WorkContext } from '../../../src/jobs/job-handler.ts';
import { defaultPolicies } from '../../../src/jobs/job-policy.ts';
import { silentLog } from '../../../src/telemetry/log.ts';

/** A job as the store would hold it. */
export function jobFrom(newJob: NewJob, fields: Partial<Job> = {}): Job {
  return { ...createJob(newJob, 0, 'test', defaultPolicies()[newJob.job_type]), ...fields };
}

/** The job after its outcome was committed. */
export function afterProcess(job: Job, outcome: ProcessOutcome): Job {
  if (outcome.kind === 'deferred') throw new Error(`deferred: ${outcome.waitingFor}`);
  return withSpecific({ ...job, external_id: outcome.externalId, status: 'PendingVerification' }, outcome.specific);
}

export function withSpecific(job: Job, specific: SpecificMetadata): Job {
  return { ...job, metadata: { ...job.metadata, specific } };
}

export function specificOf(outcome: ProcessOutcome | VerifyOutcome): SpecificMetadata {
  if (!('specific' in outcome) || outcome.specific === undefined) throw new Error('the outcome carries no metadata');
  return outcome.specific;
}

export interface TestWork extends WorkContext {
  /** Times the lease was asked for before an effect. */
  fences: number;
}

export function work(signal: AbortSignal = new AbortController().signal): TestWork {
  const context: TestWork = {
    signal,
    clock: {
      now: () => 0,
      sleep: () => Promise.reject(new Error('handlers do not sleep')),
      after: () => () => undefined,
    },
    log: silentLog,
    fences: 0,
    fence: async () => {
      context.fences += 1;
    },
  };
  return context;
}
