import { runSettings } from '../src/config/run-settings.ts';
import type { Setting } from '../src/config/setting.ts';
import { onlySetupSettings } from '../src/config/settings/setup-settings.ts';

/** The text of `.env.example`: each variable of `run` and `setup`, commented out, with what it means. */
export function environmentExample(): string {
  const settings: Setting<unknown>[] = Object.values(runSettings).filter(({ variables }) => variables.length > 0);
  const used = settings.filter(({ effect }) => effect === 'used');
  const idle = settings.filter(({ effect }) => effect === 'accepted');
  return [
    '# Settings of "orchestrator run" and of the other commands; copy to .env. Written by "npm run docs".',
    '# Flags win over variables. A secret can also come from a file: <VARIABLE>_FILE=/path.',
    '',
    ...used.flatMap(example),
    '# Settings of "orchestrator setup" and "orchestrator teardown" alone:',
    '',
    ...Object.values(onlySetupSettings).flatMap(example),
    '# Known from existing deployments, without effect in this version:',
    '',
    ...idle.map(({ variables }) => `# ${variables[0]}=`),
    '',
  ].join('\n');
}

function example(setting: Setting<unknown>): string[] {
  const need = setting.presence === 'required' ? ' Required.' : '';
  const [variable = '', ...older] = setting.variables;
  return [
    `# ${setting.description}${need} (${setting.kind.allowed})`,
    ...(older.length === 0 ? [] : [`# Other names: ${older.join(', ')}`]),
    `# ${variable}=${setting.defaultText ?? ''}`,
    '',
  ];
}
