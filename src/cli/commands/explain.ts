import { explainBlock } from '../../app/inspection/explain.ts';
import { systemClock } from '../../clock/system-clock.ts';
import { integer } from '../../config/kinds.ts';
import { inspectSettings } from '../../config/settings/command-settings.ts';
import { OrchestratorError } from '../../errors/orchestrator-error.ts';
import type { Command } from '../command.ts';
import { inspectionValuesOf } from '../values-of.ts';
import { withInspection } from '../with-inspection.ts';

export const explain: Command = {
  usage: 'explain <block>',
  description: 'Say why a block is where it is and what it waits for.',
  settings: inspectSettings,
  positionals: { block: 'Number of the block.' },
  run: async (call) => {
    const { json, ...values } = inspectionValuesOf(inspectSettings, call);
    const block = blockNumber(call.positionals.block ?? '');
    const found = await withInspection(values, (inspection) => explainBlock(inspection, systemClock, block));
    call.io.print(json ? JSON.stringify(found, null, 2) : found.summary);
    return 0;
  },
};

function blockNumber(text: string): number {
  const parsed = integer(0).schema.safeParse(text);
  if (parsed.success) return parsed.data;
  throw new OrchestratorError('USAGE', `<block> is "${text}": it must be a block number.`);
}
