import { OrchestratorError } from '../errors/orchestrator-error.ts';
import { fileVariables, nameOf, type Setting, type SettingTable, type ValuesOf } from './setting.ts';

/** Flags as they stand on the command line, by name without dashes; a switch is a boolean. */
export type FlagValues = Readonly<Record<string, string | boolean | undefined>>;
export type Environment = Readonly<Record<string, string | undefined>>;

export interface SettingSources {
  readonly flags: FlagValues;
  readonly env: Environment;
  /** Content of the file that a `<VARIABLE>_FILE` names. */
  readFile(path: string): string;
}

export interface ReadSettings<S extends SettingTable> {
  readonly values: ValuesOf<S>;
  /** Settings that were given rather than defaulted. */
  readonly given: ReadonlySet<Setting<unknown>>;
  /** Texts that must never be shown. */
  readonly secrets: readonly string[];
}

interface Given {
  readonly text: string;
  /** The name under which it was given, as messages show it. */
  readonly origin: string;
}

/**
 * What is wrong with settings that are each valid or were not given, one sentence a fault. A setting whose own text is
 * wrong is undefined in `values`, and it is in `given`.
 */
export type Relations<S extends SettingTable> = (
  values: Partial<ValuesOf<S>>,
  given: ReadonlySet<Setting<unknown>>,
) => string[];

/**
 * Values of a table of settings: flag before file before variable before default. Fails with CONFIG_INVALID, all faults in
 * one message, each with the flag, the variable, the text that was given (never a secret's) and what is allowed.
 */
export function readSettings<S extends SettingTable>(
  table: S,
  sources: SettingSources,
  relations: Relations<S> = () => [],
): ReadSettings<S> {
  const values: Record<string, unknown> = {};
  const given = new Set<Setting<unknown>>();
  const secrets: string[] = [];
  const faults: string[] = [];
  const notBuilt: string[] = [];
  for (const [key, setting] of Object.entries(table)) {
    try {
      const found = foundText(setting, sources);
      if (found !== undefined) given.add(setting);
      if (found !== undefined && setting.secret) secrets.push(found.text);
      values[key] = parsedValue(setting, found);
      const refusal = setting.refusals[String(values[key])];
      if (refusal !== undefined) notBuilt.push(refusal);
    } catch (error) {
      if (!(error instanceof SettingFault)) throw error;
      if (error.given) given.add(setting);
      faults.push(error.message);
    }
  }
  // Nothing else matters while the program is asked for what it cannot do.
  if (notBuilt.length > 0) throw invalidSettings(notBuilt);
  faults.push(...relations(values as Partial<ValuesOf<S>>, given));
  if (faults.length > 0) throw invalidSettings(faults);
  return { values: values as ValuesOf<S>, given, secrets };
}

/** The error for settings that cannot be used, one sentence a fault. */
export function invalidSettings(faults: readonly string[]): OrchestratorError {
  return new OrchestratorError('CONFIG_INVALID', faults.join('\n'), {
    hint: 'All settings: --help, docs/configuration.md.',
  });
}

/** Ends up as one line of the message; never leaves this file. */
class SettingFault extends Error {
  /** False when the fault is that nothing was given. */
  readonly given: boolean;

  constructor(message: string, given = true) {
    super(message);
    this.given = given;
  }
}

function parsedValue(setting: Setting<unknown>, found: Given | undefined): unknown {
  const text = found?.text ?? setting.defaultText;
  if (text === undefined) {
    if (setting.presence === 'required')
      throw new SettingFault(`${nameOf(setting)} is missing: ${setting.description}`, false);
    return undefined;
  }
  const parsed = setting.kind.schema.safeParse(text);
  if (parsed.success) return parsed.data;
  const shown = setting.secret ? 'is not valid' : `is "${text}"`;
  const origin = found === undefined || found.origin === nameOf(setting) ? '' : `, given as ${found.origin}`;
  throw new SettingFault(`${nameOf(setting)}${origin} ${shown}: it must be ${setting.kind.allowed}.`);
}

function foundText(setting: Setting<unknown>, sources: SettingSources): Given | undefined {
  const found = fromFlag(setting, sources) ?? fromFile(setting, sources) ?? fromVariable(setting, sources);
  return found?.text === '' ? undefined : found;
}

/** Its text is empty only where that asks for nothing. */
function fromFlag(setting: Setting<unknown>, { flags }: SettingSources): Given | undefined {
  const names = [setting.flag, ...setting.aliases].filter((name) => flags[name] !== undefined);
  if (names.length > 1) {
    throw new SettingFault(`${names.map((name) => `--${name}`).join(' and ')} mean the same: give only one.`);
  }
  const [name] = names;
  if (name === undefined) return undefined;
  const text = String(flags[name]).trim();
  if (text === '' && !setting.emptyIsNone) throw new SettingFault(`--${name} needs a value: ${setting.kind.allowed}.`);
  return { text, origin: name === setting.flag ? nameOf(setting) : `--${name}` };
}

function fromFile(setting: Setting<unknown>, { env, readFile }: SettingSources): Given | undefined {
  for (const variable of fileVariables(setting)) {
    const path = env[variable];
    if (path === undefined || path.trim() === '') continue;
    let content: string;
    try {
      content = readFile(path).trim();
    } catch (error) {
      throw new SettingFault(`${variable} names ${path}, which cannot be read (${reasonOf(error)}).`);
    }
    if (content === '') throw new SettingFault(`${variable} names ${path}, which is empty.`);
    return { text: content, origin: variable };
  }
  return undefined;
}

/** An empty variable counts as not set: deployment tools often cannot leave one out. */
function fromVariable(setting: Setting<unknown>, { env }: SettingSources): Given | undefined {
  for (const [index, variable] of setting.variables.entries()) {
    const text = env[variable]?.trim();
    if (text !== undefined && text !== '') return { text, origin: index === 0 ? nameOf(setting) : variable };
  }
  return undefined;
}

function reasonOf(error: unknown): string {
  if (error instanceof Error && 'code' in error && typeof error.code === 'string') return error.code;
  return error instanceof Error ? error.message : String(error);
}
