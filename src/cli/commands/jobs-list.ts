import { jobsListSettings } from '../../config/settings/command-settings.ts';
import type { JobQuery } from '../../database/job-store.ts';
import type { Job } from '../../jobs/job.ts';
import type { Command } from '../command.ts';
import { instant, table } from '../table.ts';
import { inspectionValuesOf } from '../values-of.ts';
import { withInspection } from '../with-inspection.ts';

export const jobsList: Command = {
  usage: 'jobs list',
  description: 'List jobs.',
  settings: jobsListSettings,
  examples: [['$0 jobs list --status Failed', 'jobs that need somebody']],
  run: async (call) => {
    const { json, type, status, from, to, limit, ...values } = inspectionValuesOf(jobsListSettings, call);
    const query: JobQuery = {
      limit,
      ...(type === undefined ? {} : { types: [type] }),
      ...(status === undefined ? {} : { statuses: [status] }),
      ...(from === undefined ? {} : { from }),
      ...(to === undefined ? {} : { to }),
    };
    const jobs = await withInspection(values, ({ store }) => store.list(query));
    for (const line of json ? [JSON.stringify(jobs, null, 2)] : linesOf(jobs)) call.io.print(line);
    return 0;
  },
};

function linesOf(jobs: readonly Job[]): string[] {
  if (jobs.length === 0) return ['No jobs.'];
  return table([
    ['block', 'type', 'status', 'id', 'updated (UTC)', 'waiting for'],
    ...jobs.map((job) => [
      job.internal_id,
      job.job_type,
      job.status,
      job.id,
      instant(job.updated_at),
      job.waiting_for ?? job.metadata.common.failure_reason ?? '',
    ]),
  ]);
}
