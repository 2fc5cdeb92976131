import { retryJob } from '../../app/inspection/retry-job.ts';
import { systemClock } from '../../clock/system-clock.ts';
import { jobsRetrySettings } from '../../config/settings/command-settings.ts';
import { defaultPolicies } from '../../jobs/job-policy.ts';
import type { Command } from '../command.ts';
import { inspectionValuesOf } from '../values-of.ts';
import { withInspection } from '../with-inspection.ts';

export const jobsRetry: Command = {
  usage: 'jobs retry <job>',
  description: 'Work on a Failed or timed out job again.',
  settings: jobsRetrySettings,
  positionals: { job: 'Id of the job, or type and first block, for example StateTransition:12.' },
  run: async (call) => {
    const { json, by, ...values } = inspectionValuesOf(jobsRetrySettings, call);
    const job = await withInspection(values, ({ store }) =>
      retryJob(store, systemClock, defaultPolicies(), call.positionals.job ?? '', by),
    );
    call.io.print(
      json ? JSON.stringify(job, null, 2) : `${job.job_type} of block ${job.internal_id} is ${job.status}.`,
    );
    return 0;
  },
};
