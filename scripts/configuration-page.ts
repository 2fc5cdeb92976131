import { unusedRunSettings, usedRunSettings } from '../src/config/run-settings.ts';
import { fileVariables, type Setting } from '../src/config/setting.ts';
import { onlySetupSettings } from '../src/config/settings/setup-settings.ts';

/** The text of `docs/configuration.md`. */
export function configurationPage(): string {
  const idle = Object.values(unusedRunSettings).filter(({ effect }) => effect === 'accepted');
  const refused = Object.values(unusedRunSettings).filter(({ effect }) => effect === 'refused');
  return [
    '# Configuration',
    '',
    'Written by `npm run docs` from `src/config`; do not edit.',
    '',
    'Every setting of `orchestrator run` is a flag and, with few exceptions, an environment variable. A flag wins over a',
    'variable, a variable over the default. A file `.env` in the working directory is read first; it does not replace',
    'variables that are set. An empty variable counts as not set.',
    '',
    'A secret can also come from a file: `<VARIABLE>_FILE` holds its path, and wins over `<VARIABLE>`. Blanks at both ends of',
    'the file are dropped; an empty file is an error.',
    '',
    'Flags have a second name, the variable in lower case with dashes and without the prefix, for example',
    '`--ethereum-settlement-rpc-url` for `--ethereum-rpc-url`.',
    '',
    '## Settings',
    '',
    '| flag | variable | value | default | meaning |',
    '|---|---|---|---|---|',
    ...Object.values(usedRunSettings).map(usedRow),
    '',
    '## Settings of setup and teardown',
    '',
    '`setup` and `teardown` take the settings of AWS above and these; `run` knows them, because all read one environment. Their',
    '`--interval-seconds` is 60 when it is not given.',
    '',
    '| flag | variable | value | default | meaning |',
    '|---|---|---|---|---|',
    ...Object.values(onlySetupSettings).map(usedRow),
    '',
    '## Systems',
    '',
    'Without any of `--mongodb`, `--aws-s3`, `--aws-sqs` and `--aws-sns` everything is in `--data-dir`. Each of them moves one part',
    'elsewhere, and any mix is possible; `--aws` alone selects nothing. With `--aws-sqs` the cron messages are expected from',
    'EventBridge, which `setup --aws-event-bridge` prepares; `--in-process-cron` sends them from the program as well. The commands',
    'that read (`status`, `jobs`, `explain`, `doctor`) take the same settings. Credentials of AWS come from the standard chain of',
    'its SDK: variables, shared files, web identity, container or instance role.',
    '',
    '## Known, without effect in this version',
    '',
    'These belong to existing deployments. They are parsed and checked, and one warning at the start names those that are given.',
    '',
    '| flag | variable | meaning |',
    '|---|---|---|',
    ...idle.map((setting) => `| ${flags(setting)} | ${variables(setting)} | ${setting.description} |`),
    '',
    '## Refused',
    '',
    'These ask for what is not built yet, or must not be given; the program says so and ends with exit code 2. So do `--layer l3`,',
    '`--prover sharp` and `--prover atlantic`.',
    '',
    ...refused.map((setting) => `* \`--${setting.flag}\`: ${setting.description}`),
    '',
  ].join('\n');
}

function usedRow(setting: Setting<unknown>): string {
  const fallback = setting.presence === 'required' ? '**required**' : setting.defaultText;
  const value = setting.kind.allowed.replaceAll('|', '\\|');
  const cells = [
    flags(setting),
    variables(setting),
    value,
    fallback === undefined ? '' : fallback,
    setting.description,
  ];
  return `| ${cells.join(' | ')} |`;
}

function flags({ flag, aliases }: Setting<unknown>): string {
  return [flag, ...aliases].map((name) => `\`--${name}\``).join('<br>');
}

function variables(setting: Setting<unknown>): string {
  return [...setting.variables, ...fileVariables(setting)].map((name) => `\`${name}\``).join('<br>');
}
