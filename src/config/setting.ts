import { flag, type Kind, nothing } from './kinds.ts';

/** Prefix of all variables of the program. */
export const VARIABLE_PREFIX = 'MADARA_ORCHESTRATOR_';

/**
 * What giving the setting does:
 * - `used`: it changes what the program does
 * - `elsewhere`: it changes what another command does; here it is parsed and checked, because both read one environment
 * - `accepted`: known from existing deployments, parsed and checked, without effect in this version
 * - `refused`: asks for something that is not built yet or must not be, so the program does not start
 */
export type Effect = 'used' | 'elsewhere' | 'accepted' | 'refused';

/** One setting: its names, its kind and everything that help texts and documents say about it. */
export interface Setting<T> {
  /** Without dashes in front, for example `madara-rpc-url`. */
  readonly flag: string;
  /** Further names of the flag. */
  readonly aliases: readonly string[];
  /** Environment variables, the first one is the documented one; empty for a setting that is a flag only. */
  readonly variables: readonly string[];
  readonly kind: Kind<unknown>;
  readonly description: string;
  readonly effect: Effect;
  readonly presence: 'required' | 'optional';
  /** As it would be written on the command line. */
  readonly defaultText: string | undefined;
  /** An empty flag asks for nothing, whatever the variable says; other flags need a text. */
  readonly emptyIsNone: boolean;
  /** Never shown; can be read from the file that `<VARIABLE>_FILE` names. */
  readonly secret: boolean;
  /** Values that ask for what is not built, with the sentence that says so; the keys are values as text. */
  readonly refusals: Readonly<Record<string, string>>;
  /** Carries the value's type; never set. */
  readonly type?: T;
}

/** A group of settings by the name under which the program knows their values. */
export type SettingTable = Readonly<Record<string, Setting<unknown>>>;

/** The values of a table of settings. */
export type ValuesOf<S extends SettingTable> = { readonly [K in keyof S]: S[K] extends Setting<infer T> ? T : never };

interface Details {
  readonly flag: string;
  readonly aliases?: readonly string[];
  /** Variable without the program's prefix; several when older names live on. */
  readonly env?: string | readonly string[];
  /** Variables that never had the prefix. */
  readonly plainEnv?: readonly string[];
  readonly description: string;
  readonly emptyIsNone?: boolean;
  readonly secret?: boolean;
  readonly effect?: Effect;
  readonly refusals?: Readonly<Record<string, string>>;
}

/** A setting without which the program does not start. */
export function required<T>(kind: Kind<T>, details: Details): Setting<T> {
  return setting(kind, details, 'required', undefined);
}

export function optional<T>(kind: Kind<T>, details: Details): Setting<T | undefined> {
  return setting(kind, details, 'optional', undefined);
}

/** A setting with a default, given as one would write it. */
export function defaulted<T>(kind: Kind<T>, defaultText: string, details: Details): Setting<T> {
  return setting(kind, details, 'optional', defaultText);
}

/** A setting of existing deployments that has no effect in this version. */
export function accepted(kind: Kind<unknown>, details: Details): Setting<unknown> {
  return setting(kind, { ...details, effect: 'accepted' }, 'optional', undefined);
}

/** A switch that asks for something that is not built yet. `instead` completes "is not built yet". */
export function refused(details: Details, instead = ''): Setting<unknown> {
  const refusals = { true: `${details.description} (--${details.flag}) is not built yet${instead}.` };
  return setting(flag, { refusals, ...details, effect: 'refused' }, 'optional', undefined);
}

/** A setting of existing deployments that must not be given; `reason` says why, and what to do instead. */
export function neverGiven(reason: string, details: Details): Setting<unknown> {
  return setting(nothing(reason), { ...details, effect: 'refused' }, 'optional', undefined);
}

/** The same settings in the table of a command that only knows them. */
export function usedElsewhere<S extends SettingTable>(table: S): { readonly [K in keyof S]: Setting<unknown> } {
  const entries = Object.entries(table).map(([key, setting]) => [
    key,
    { ...setting, effect: 'elsewhere', presence: 'optional', defaultText: undefined },
  ]);
  return Object.fromEntries(entries) as { readonly [K in keyof S]: Setting<unknown> };
}

/** The same setting where it can be left out. */
export function madeOptional<T>(setting: Setting<T>): Setting<T | undefined> {
  const { type, ...rest } = setting;
  return { ...rest, presence: 'optional' };
}

function setting<T>(
  kind: Kind<unknown>,
  details: Details,
  presence: Setting<T>['presence'],
  defaultText: string | undefined,
): Setting<T> {
  const prefixed = details.env === undefined ? [] : [details.env].flat().map((name) => `${VARIABLE_PREFIX}${name}`);
  return {
    flag: details.flag,
    aliases: aliasesOf(details),
    variables: [...prefixed, ...(details.plainEnv ?? [])],
    kind,
    description: details.description,
    effect: details.effect ?? 'used',
    presence,
    defaultText,
    emptyIsNone: details.emptyIsNone ?? false,
    secret: details.secret ?? false,
    refusals: details.refusals ?? {},
  };
}

/** Each flag can also be named after its variables. Older names that are neither stand in the tables. */
function aliasesOf({ flag, aliases = [], env = [] }: Details): string[] {
  const fromVariables = [env].flat().map((name) => name.toLowerCase().replaceAll('_', '-'));
  return [...new Set([...aliases, ...fromVariables])].filter((name) => name !== flag);
}

/** `--flag (VARIABLE)`, as messages name a setting. */
export function nameOf(setting: Setting<unknown>): string {
  const variable = setting.variables[0];
  return variable === undefined ? `--${setting.flag}` : `--${setting.flag} (${variable})`;
}

/** Variables that name a file with the secret. */
export function fileVariables(setting: Setting<unknown>): string[] {
  return setting.secret ? setting.variables.map((variable) => `${variable}_FILE`) : [];
}
