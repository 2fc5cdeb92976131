import { parseRunConfig } from '../../config/run-config.ts';
import { runSettings } from '../../config/run-settings.ts';
import type { Command } from '../command.ts';
import { openLog } from '../open-log.ts';

export const run: Command = {
  usage: 'run',
  description: 'Settle a chain on a core contract that exists.',
  settings: runSettings,
  run: async ({ flags, env, io, guard }) => {
    const config = parseRunConfig(flags, env);
    guard(config.secrets);
    const { runOrchestrator } = await import('../../app/run.ts');
    return await runOrchestrator(config, openLog(config.log, config.secrets), io.stop);
  },
};
