import { resolve } from 'node:path';
import { doctorSettings } from '../../config/settings/command-settings.ts';
import type { Command } from '../command.ts';
import { table } from '../table.ts';
import { valuesOf } from '../values-of.ts';

const FOUND_SOMETHING = 1;

export const doctor: Command = {
  usage: 'doctor',
  description: 'Check the machine, the nodes, the contracts and the key.',
  settings: doctorSettings,
  run: async (call) => {
    const { json, ...values } = valuesOf(doctorSettings, call);
    const { examine } = await import('../../app/doctor/doctor.ts');
    const results = await examine({ ...values, dataDir: resolve(values.dataDir) });
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
