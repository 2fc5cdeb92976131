import { setupSettings } from '../../config/settings/setup-settings.ts';
import { resourceConfig, setupFaults } from '../../config/setup-config.ts';
import type { Command } from '../command.ts';
import { valuesOf } from '../values-of.ts';

export const setup: Command = {
  usage: 'setup',
  description: 'Make the resources of AWS that "run" uses, or mend them; a second time changes nothing.',
  settings: setupSettings,
  examples: [
    ['$0 setup --aws --aws-s3 --aws-sqs --aws-sns --aws-event-bridge', 'everything that can be on AWS'],
    ['$0 setup --aws --aws-sqs --plan', 'what would change'],
  ],
  run: async (call) => {
    const values = valuesOf(setupSettings, call, setupFaults);
    const { runSetup } = await import('../../app/setup.ts');
    const { plan, printPolicy } = values;
    return await runSetup({ ...resourceConfig(values), plan, printPolicy }, call.io);
  },
};
