import { jobsParkedSettings } from '../../config/settings/command-settings.ts';
import type { ParkedMessage } from '../../database/parked-message-store.ts';
import type { Command } from '../command.ts';
import { instant, table } from '../table.ts';
import { inspectionValuesOf } from '../values-of.ts';
import { withInspection } from '../with-inspection.ts';

export const jobsParked: Command = {
  usage: 'jobs parked',
  description: 'List messages that could not be delivered or read, newest first.',
  settings: jobsParkedSettings,
  run: async (call) => {
    const { json, limit, ...values } = inspectionValuesOf(jobsParkedSettings, call);
    const messages = await withInspection(values, ({ parked }) => parked.list(limit));
    for (const line of json ? [JSON.stringify(messages, null, 2)] : linesOf(messages)) call.io.print(line);
    return 0;
  },
};

function linesOf(messages: readonly ParkedMessage[]): string[] {
  if (messages.length === 0) return ['No parked messages.'];
  return table([
    ['parked (UTC)', 'queue', 'job', 'reason'],
    ...messages.map(({ parked_at, source_queue, job_id, reason }) => [
      instant(parked_at),
      source_queue ?? '-',
      job_id ?? '-',
      reason,
    ]),
  ]);
}
