import type { Relations } from '../../config/read-settings.ts';
import { devSettings } from '../../config/settings/command-settings.ts';
import type { Command } from '../command.ts';
import { valuesOf } from '../values-of.ts';

const faults: Relations<typeof devSettings> = (_values, given) =>
  given.has(devSettings.recorded) && given.has(devSettings.seed)
    ? ['--seed is for a generated chain, --recorded for another: give only one of them.']
    : [];

export const dev: Command = {
  usage: 'dev',
  description: 'Chain, Ethereum node, contracts and orchestrator in one, for trying things.',
  settings: devSettings,
  examples: [
    ['$0 dev --blocks 20 --instances 2', 'settle 20 generated blocks with two processes'],
    ['$0 dev --recorded DIR', 'settle the blocks of a recording'],
  ],
  run: async (call) => {
    const values = valuesOf(devSettings, call, faults);
    const { runDev } = await import('../../app/dev/dev.ts');
    return await runDev(values, call.io);
  },
};
