import { findJob } from '../../app/inspection/find-job.ts';
import { inspectSettings } from '../../config/settings/command-settings.ts';
import type { Job } from '../../jobs/job.ts';
import type { Command } from '../command.ts';
import { instant } from '../table.ts';
import { inspectionValuesOf } from '../values-of.ts';
import { withInspection } from '../with-inspection.ts';

export const jobsShow: Command = {
  usage: 'jobs show <job>',
  description: 'Show one job with its history.',
  settings: inspectSettings,
  positionals: { job: 'Id of the job, or type and first block, for example StateTransition:12.' },
  run: async (call) => {
    const { json, ...values } = inspectionValuesOf(inspectSettings, call);
    const job = await withInspection(values, ({ store }) => findJob(store, call.positionals.job ?? ''));
    for (const line of json ? [JSON.stringify(job, null, 2)] : linesOf(job)) call.io.print(line);
    return 0;
  },
};

function linesOf(job: Job): string[] {
  const { common, specific } = job.metadata;
  return [
    `${job.job_type} of ${specific.start_block === specific.end_block ? `block ${specific.start_block}` : `blocks ${specific.start_block} to ${specific.end_block}`}, ${job.status}`,
    `id            ${job.id}`,
    `version       ${job.version}`,
    `external id   ${job.external_id === '' ? '-' : job.external_id}`,
    `created       ${instant(job.created_at)}`,
    `updated       ${instant(job.updated_at)}`,
    `lease         ${job.lease === null ? '-' : `${job.lease.owner}, ${job.lease.phase}, until ${instant(job.lease.expires_at)}`}`,
    `next action   ${instant(job.next_action_at)}`,
    `waiting for   ${job.waiting_for ?? '-'}`,
    `failure       ${common.failure_reason ?? '-'}`,
    `failed tries  ${job.attempts.process} of processing, ${job.attempts.verify} of verification, ${job.attempts.lost_leases} lost leases`,
    '',
    ...job.history.map(
      (entry) =>
        `${instant(entry.at)}  ${entry.event.padEnd(14)} ${entry.from ?? '-'} -> ${entry.to}${entry.note === null ? '' : `  ${entry.note}`}${entry.by === null ? '' : `  (${entry.by})`}`,
    ),
  ];
}
