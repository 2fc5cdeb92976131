import { teardownSettings } from '../../config/settings/setup-settings.ts';
import { resourceConfig, setupFaults } from '../../config/setup-config.ts';
import type { Command } from '../command.ts';
import { valuesOf } from '../values-of.ts';

export const teardown: Command = {
  usage: 'teardown',
  description: 'Remove the resources of AWS that "setup" made, and nothing else.',
  settings: teardownSettings,
  examples: [['$0 teardown --aws --aws-s3 --aws-sqs --aws-sns --aws-event-bridge --plan', 'what would be removed']],
  run: async (call) => {
    const values = valuesOf(teardownSettings, call, setupFaults);
    const { runTeardown } = await import('../../app/setup.ts');
    const { plan, yes, deleteData } = values;
    return await runTeardown({ ...resourceConfig(values), plan, yes, deleteData }, call.io);
  },
};
