import { devSettings } from '../../config/settings/command-settings.ts';
import type { Command } from '../command.ts';
import { valuesOf } from '../values-of.ts';

export const dev: Command = {
  usage: 'dev',
  description: 'Chain, Ethereum node, contracts and orchestrator in one, for trying things.',
  settings: devSettings,
  examples: [
    ['$0 dev --blocks 20 --instances 2', 'settle 20 generated blocks with two processes'],
    ['$0 dev --recorded DIR', 'settle the blocks of a recording'],
  ],
  run: async (call) => {
    const values = valuesOf(devSettings, call);
    const { runDev } = await import('../../app/dev/dev.ts');
    return await runDev(values, call.io);
  },
};
