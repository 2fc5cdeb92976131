import { infrastructureConfig } from '../../config/infrastructure-config.ts';
import { doctorSettings } from '../../config/settings/command-settings.ts';
import { resourceConfig } from '../../config/setup-config.ts';
import type { Command } from '../command.ts';
import { table } from '../table.ts';
import { inspectionValuesOf } from '../values-of.ts';

const FOUND_SOMETHING = 1;

export const doctor: Command = {
  usage: 'doctor',
  description: 'Check the machine, the systems, the nodes, the contracts and the keys.',
  settings: doctorSettings,
  run: async (call) => {
    const { json, ...values } = inspectionValuesOf(doctorSettings, call);
    const { examine } = await import('../../app/doctor/doctor.ts');
    const results = await examine({
      ...values,
      infrastructure: infrastructureConfig(values),
      resources: resourceConfig(values),
    });
    if (json) call.io.print(JSON.stringify(results, null, 2));
    else {
      const rows = results.map(({ state, name, detail, hint }) => [
        state,
        name,
        hint === null ? detail : `${detail}. ${hint}`,
      ]);
      for (const line of table(rows)) call.io.print(line);
    }
    return results.some(({ state }) => state === 'failed') ? FOUND_SOMETHING : 0;
  },
};
