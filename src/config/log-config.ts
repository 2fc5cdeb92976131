import type { ValuesOf } from './setting.ts';
import type { logSettings } from './settings/log-settings.ts';

const LOG_LEVELS = ['trace', 'debug', 'info', 'warn', 'error', 'silent'] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

export interface LogConfig {
  readonly level: LogLevel;
  /** Undefined: `pretty` on a terminal, `json` elsewhere. */
  readonly format: 'json' | 'pretty' | undefined;
  /** Show where errors came from. */
  readonly debug: boolean;
}

/** `--debug` before `--log-level` before the older filter before info. */
export function logConfigOf(values: ValuesOf<typeof logSettings>): LogConfig {
  const chosen = values.logLevel ?? levelOfFilter(values.logFilter ?? '') ?? 'info';
  return {
    level: values.debug ? 'debug' : chosen,
    format: values.logFormat,
    debug: values.debug || chosen === 'debug',
  };
}

/**
 * Level for this program in a filter such as `error,orchestrator=info,hyper=warn`: the one of `orchestrator` (or of a
 * part of it, the most talkative), otherwise the bare one. Undefined when it says neither.
 */
function levelOfFilter(filter: string): LogLevel | undefined {
  let bare: LogLevel | undefined;
  let own: LogLevel | undefined;
  for (const directive of filter.split(',')) {
    const [target, level] = directive.includes('=') ? directive.split('=', 2) : [undefined, directive];
    const known = levelNamed(level ?? '');
    if (known === undefined) continue;
    if (target === undefined) bare = known;
    else if (/^\s*orchestrator(::|\s*$)/.test(target) && (own === undefined || rank(known) < rank(own))) own = known;
  }
  return own ?? bare;
}

function levelNamed(name: string): LogLevel | undefined {
  const lower = name.trim().toLowerCase();
  return lower === 'off' ? 'silent' : LOG_LEVELS.find((level) => level === lower);
}

function rank(level: LogLevel): number {
  return LOG_LEVELS.indexOf(level);
}
