import type { Log } from '../../src/telemetry/log.ts';

/** What happened, newest last. Kept as parts and put into words only when somebody reads it. */
export class Trace {
  readonly #now: () => number;
  readonly #limit: number;
  readonly #start: number;
  #events: { readonly at: number; readonly who: string; readonly what: string; readonly detail: unknown }[] = [];

  constructor(now: () => number, limit: number) {
    this.#now = now;
    this.#limit = limit;
    this.#start = now();
  }

  add(who: string, what: string, detail?: unknown): void {
    this.#events.push({ at: this.#now(), who, what, detail });
    if (this.#events.length > 2 * this.#limit) this.#events = this.#events.slice(-this.#limit);
  }

  lines(): string[] {
    return this.#events.slice(-this.#limit).map(({ at, who, what, detail }) => {
      const seconds = ((at - this.#start) / 1000).toFixed(3).padStart(9);
      return `${seconds} ${who.padEnd(9)} ${what}${detail === undefined ? '' : ` ${inWords(detail)}`}`;
    });
  }

  /** The log of a simulated program; what it says becomes part of the trace. */
  log(who: string): Log {
    const say = (level: string) => (fields: object, message: string) => this.add(who, `${level}: ${message}`, fields);
    const log: Log = {
      debug: () => undefined,
      info: say('info'),
      warn: say('warn'),
      error: say('error'),
      child: () => log,
    };
    return log;
  }
}

function inWords(detail: unknown): string {
  if (typeof detail === 'string') return detail;
  const text = JSON.stringify(detail, (_, value: unknown) => {
    if (typeof value === 'bigint') return `0x${value.toString(16)}`;
    return value instanceof Error ? `${value.name}: ${value.message}` : value;
  });
  return text.length > 400 ? `${text.slice(0, 400)}...` : text;
}
