import { readFileSync } from 'node:fs';
import { infrastructureFaults } from '../config/infrastructure-faults.ts';
import { type Relations, readSettings } from '../config/read-settings.ts';
import { secretsOf } from '../config/secrets.ts';
import type { SettingTable, ValuesOf } from '../config/setting.ts';
import type { infrastructureSettings } from '../config/settings/infrastructure-settings.ts';
import type { CommandCall } from './command.ts';

/** The values of a command's settings. Fails with CONFIG_INVALID. */
export function valuesOf<S extends SettingTable>(
  settings: S,
  { flags, env, guard }: CommandCall,
  relations?: Relations<S>,
): ValuesOf<S> {
  const readFile = (path: string) => readFileSync(path, 'utf8');
  const { values, secrets } = readSettings(settings, { flags, env, readFile }, relations);
  guard(secrets);
  return values;
}

/** The same for a command that looks at an installation. */
export function inspectionValuesOf<S extends SettingTable & typeof infrastructureSettings>(
  settings: S,
  call: CommandCall,
): ValuesOf<S> {
  const values = valuesOf(settings, call, infrastructureFaults as Relations<S>);
  const { mongodbConnectionUrl } = values as ValuesOf<typeof infrastructureSettings>;
  call.guard(secretsOf(mongodbConnectionUrl, call.env));
  return values;
}
