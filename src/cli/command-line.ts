import yargs, { type Argv, type Options } from 'yargs';
import { VERSION } from '../app/version.ts';
import { flag } from '../config/kinds.ts';
import { nearestName } from '../config/nearest-name.ts';
import type { FlagValues } from '../config/read-settings.ts';
import type { Setting, SettingTable } from '../config/setting.ts';
import { OrchestratorError } from '../errors/orchestrator-error.ts';
import type { Command } from './command.ts';

/** What a command line asks for. */
export type ParsedCommandLine =
  | { readonly kind: 'text'; readonly text: string }
  | {
      readonly kind: 'command';
      readonly command: Command;
      readonly flags: FlagValues;
      readonly positionals: Readonly<Record<string, string>>;
      readonly lists: Readonly<Record<string, readonly string[]>>;
    };

/** Wide enough for a flag and its meaning, narrow enough for documents. */
const WIDTH = 110;

/** Reads a command line. Fails with USAGE for what no command knows. Values are checked later, with the environment's. */
export async function parseCommandLine(
  args: readonly string[],
  commands: readonly Command[],
): Promise<ParsedCommandLine> {
  let found: ParsedCommandLine | undefined;
  const parser = yargs()
    .scriptName('orchestrator')
    .locale('en')
    .usage('$0 <command>')
    .version(VERSION)
    .help()
    .wrap(WIDTH)
    .exitProcess(false)
    .parserConfiguration({ 'camel-case-expansion': false, 'dot-notation': false, 'parse-numbers': false })
    .strict()
    .demandCommand(1, 'No command is given.')
    .fail((message, error) => {
      // yargs' own complaints come with an error of its own, others with ours.
      throw error instanceof OrchestratorError ? error : usageError(message ?? String(error), args, commands);
    });
  for (const group of groupsOf(commands)) addCommands(parser, group, args, (command) => (found = command));
  let text = '';
  await parser.parseAsync([...args], {}, (_error: unknown, _argv: unknown, output: string) => {
    text = output;
  });
  if (text !== '') return { kind: 'text', text };
  if (found === undefined) throw usageError('No command is given.', args, commands);
  return found;
}

/** `jobs list`, `jobs show`, ... are commands of a command. */
function groupsOf(commands: readonly Command[]): Command[][] {
  const groups = new Map<string, Command[]>();
  for (const command of commands) {
    const [first = ''] = command.usage.split(' ');
    groups.set(first, [...(groups.get(first) ?? []), command]);
  }
  return [...groups.values()];
}

type Found = (command: ParsedCommandLine) => void;

function addCommands(parser: Argv, group: Command[], args: readonly string[], found: Found): void {
  const [first] = group;
  if (first === undefined) return;
  if (group.length === 1) {
    addCommand(parser, first, { usage: first.usage, args, found });
    return;
  }
  const [name = ''] = first.usage.split(' ');
  const verbs = group.map(({ usage }) => usage.split(' ')[1]).join(', ');
  parser.command(name, `Commands: ${verbs}.`, (nested) => {
    for (const command of group) {
      addCommand(nested, command, { usage: command.usage.slice(name.length + 1), args, found });
    }
    return nested.demandCommand(1, `${name} needs one of ${verbs}.`);
  });
}

function addCommand(
  parser: Argv,
  command: Command,
  { usage, args, found }: { readonly usage: string; readonly args: readonly string[]; readonly found: Found },
): void {
  const positionals = Object.entries(command.positionals ?? {});
  parser.command(
    usage,
    command.description,
    (builder) => {
      for (const [name, describe] of positionals) builder.positional(name, { type: 'string', describe });
      builder.options(optionsOf(command.settings));
      for (const [line, meaning] of command.examples ?? []) builder.example(line, meaning);
      if (Object.values(command.settings).some(({ effect }) => effect !== 'used')) {
        builder.epilogue('Flags of existing deployments that have no effect yet: docs/configuration.md.');
      }
      return builder;
    },
    (parsed) => {
      found({
        kind: 'command',
        command,
        flags: flagsOf(command.settings, parsed, args),
        ...argumentsOf(
          positionals.map(([name]) => name),
          parsed,
        ),
      });
    },
  );
}

function argumentsOf(names: readonly string[], parsed: Readonly<Record<string, unknown>>) {
  const positionals: Record<string, string> = {};
  const lists: Record<string, readonly string[]> = {};
  for (const name of names) {
    const value = parsed[name];
    if (Array.isArray(value)) lists[name] = value.map(String);
    else positionals[name] = String(value);
  }
  return { positionals, lists };
}

function optionsOf(settings: SettingTable): Record<string, Options> {
  const options: Record<string, Options> = {};
  for (const setting of Object.values(settings)) {
    options[setting.flag] = optionOf(setting, setting.effect !== 'used');
    for (const alias of setting.aliases) options[alias] = optionOf(setting, true);
  }
  return options;
}

function optionOf(setting: Setting<unknown>, hidden: boolean): Options {
  const isSwitch = setting.kind === flag;
  const variable = setting.variables[0] === undefined ? '' : ` [${setting.variables[0]}]`;
  return {
    type: isSwitch ? 'boolean' : 'string',
    requiresArg: !isSwitch,
    describe: `${setting.description}${setting.presence === 'required' ? ' Required.' : ''}${variable}`,
    hidden,
    ...(setting.defaultText === undefined || isSwitch ? {} : { defaultDescription: setting.defaultText }),
  };
}

function flagsOf(
  settings: SettingTable,
  parsed: Readonly<Record<string, unknown>>,
  args: readonly string[],
): FlagValues {
  const flags: Record<string, string | boolean> = {};
  for (const { flag: name, aliases } of Object.values(settings)) {
    for (const known of [name, ...aliases]) {
      const value = parsed[known];
      if (Array.isArray(value)) throw new OrchestratorError('USAGE', `--${known} is given more than once.`);
      if (typeof value === 'boolean') flags[known] = switchText(known, args) ?? value;
      else if (typeof value === 'string') flags[known] = value;
    }
  }
  return flags;
}

/** Text behind the `=` of a switch: yargs makes "false" of any that is not "true", and it would pass unchecked. */
function switchText(name: string, args: readonly string[]): string | undefined {
  const end = args.indexOf('--');
  const given = (end === -1 ? args : args.slice(0, end)).findLast((argument) =>
    [`--${name}`, `--no-${name}`].includes(argument.replace(/=.*$/s, '')),
  );
  return given?.startsWith(`--${name}=`) ? given.slice(name.length + 3) : undefined;
}

/** yargs' own words, and the name that was probably meant. */
function usageError(message: string, args: readonly string[], commands: readonly Command[]): OrchestratorError {
  const hint = 'See "orchestrator --help", or "orchestrator <command> --help" for the flags of a command.';
  const unknown = /^Unknown (?:argument|command)s?: (.*)$/.exec(message)?.[1]?.split(', ') ?? [];
  if (unknown.length > 0) {
    const sentences = unknown.map((name) => unknownName(name, args, commands));
    return new OrchestratorError('USAGE', sentences.join('\n'), { hint });
  }
  const needsValue = /^Not enough arguments following: (.*)$/.exec(message)?.[1];
  if (needsValue !== undefined) return new OrchestratorError('USAGE', `--${needsValue} needs a value.`, { hint });
  if (message.startsWith('Not enough non-option arguments')) {
    return new OrchestratorError('USAGE', 'The command needs another argument.', { hint });
  }
  return new OrchestratorError('USAGE', message, { hint });
}

function unknownName(name: string, args: readonly string[], commands: readonly Command[]): string {
  const isFlag = args.some((argument) => argument === `--${name}` || argument.startsWith(`--${name}=`));
  if (isFlag) {
    const chosen = commands.filter(({ usage }) => usage.split(' ')[0] === args[0]);
    const known = chosen.flatMap(({ settings }) =>
      Object.values(settings).flatMap(({ flag: own, aliases }) => [own, ...aliases]),
    );
    const nearest = nearestName(name, known);
    return `Unknown flag --${name}${nearest === undefined ? '.' : `; did you mean --${nearest}?`}`;
  }
  const nearest = nearestName(
    name,
    commands.map(({ usage }) => usage.split(' ')[0] ?? ''),
  );
  return `Unknown argument ${name}${nearest === undefined ? '.' : `; did you mean ${nearest}?`}`;
}
