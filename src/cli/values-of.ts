import { readFileSync } from 'node:fs';
import { readSettings } from '../config/read-settings.ts';
import type { SettingTable, ValuesOf } from '../config/setting.ts';
import type { CommandCall } from './command.ts';

/** The values of a command's settings. Fails with CONFIG_INVALID. */
export function valuesOf<S extends SettingTable>(settings: S, { flags, env, guard }: CommandCall): ValuesOf<S> {
  const readFile = (path: string) => readFileSync(path, 'utf8');
  const { values, secrets } = readSettings(settings, { flags, env, readFile });
  guard(secrets);
  return values;
}
