import { type StatusReport, statusReport } from '../../app/inspection/status.ts';
import { inspectSettings } from '../../config/settings/command-settings.ts';
import type { Command } from '../command.ts';
import { table } from '../table.ts';
import { inspectionValuesOf } from '../values-of.ts';
import { withInspection } from '../with-inspection.ts';

export const status: Command = {
  usage: 'status',
  description: 'Show how far it is: blocks, jobs by status, queues, parked messages.',
  settings: inspectSettings,
  run: async (call) => {
    const { json, ...values } = inspectionValuesOf(inspectSettings, call);
    const report = await withInspection(values, statusReport);
    for (const line of json ? [JSON.stringify(report, null, 2)] : linesOf(report)) call.io.print(line);
    return 0;
  },
};

/** A lost directory must not look like a contract that was reset: what this database has not settled, others may have. */
function settledText({ settledBlock, identity }: StatusReport): string {
  if (settledBlock !== null) return `up to block ${settledBlock}`;
  const before = identity?.positionAtStart;
  if (before === undefined) return 'none by this installation; the contract knows the position (see doctor)';
  return before < 0 ? 'no block yet' : `up to block ${before}, before this installation`;
}

function linesOf(report: StatusReport): string[] {
  const { identity, plannedBlock, jobs, stuck, queues, parked } = report;
  const busy = queues.filter(({ ready, delayed, inFlight }) => ready + delayed + inFlight > 0);
  return [
    identity === null
      ? 'chain    not known yet'
      : `chain    ${identity.starknetChainId}, settled on ${identity.settlementChainId} by ${identity.coreContract}`,
    `settled  ${settledText(report)}`,
    `planned  ${plannedBlock === null ? 'no block yet' : `up to block ${plannedBlock}`}`,
    '',
    ...(jobs.length === 0
      ? ['No jobs.']
      : table([['job type', 'status', 'jobs'], ...jobs.map(({ type, status: state, count }) => [type, state, count])])),
    '',
    ...(busy.length === 0
      ? ['All queues are empty.']
      : table([
          ['queue', 'ready', 'delayed', 'in flight', 'oldest, s'],
          ...busy.map((queue) => [
            queue.name,
            queue.ready,
            queue.delayed,
            queue.inFlight,
            queue.oldestReadyAgeMs === undefined ? '?' : Math.round(queue.oldestReadyAgeMs / 1000),
          ]),
        ])),
    ...(parked === 0
      ? []
      : [`! ${parked} message(s) could not be delivered or read: "orchestrator jobs parked" shows them.`]),
    ...stuck.map(
      (job) =>
        `! ${job.type} of block ${job.block} is ${job.status}: ${job.reason ?? 'no reason recorded'} (${job.id})`,
    ),
  ];
}
