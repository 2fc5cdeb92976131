import type { Log } from '../../src/telemetry/log.ts';

interface TraceEvent {
  readonly seq: number;
  readonly at: number;
  readonly who: string;
  readonly what: string;
  readonly detail: unknown;
}

/**
 * What happened, oldest first. Port calls are kept apart, so that a thousand polls do not crowd out what they came after.
 * Events are put into words only when somebody reads them.
 */
export class Trace {
  readonly #now: () => number;
  readonly #limit: number;
  readonly #start: number;
  readonly #events: TraceEvent[] = [];
  readonly #calls: TraceEvent[] = [];
  #lastSeq = 0;

  /** Keeps the newest `limit` events and as many port calls. */
  constructor(now: () => number, limit: number) {
    this.#now = now;
    this.#limit = limit;
    this.#start = now();
  }

  add(who: string, what: string, detail?: unknown): void {
    this.#keep(this.#events, who, what, detail);
  }

  call(who: string, what: string): void {
    this.#keep(this.#calls, who, what, undefined);
  }

  lines(): string[] {
    const kept = [...this.#events.slice(-this.#limit), ...this.#calls.slice(-this.#limit)];
    return kept
      .sort((a, b) => a.seq - b.seq)
      .map(({ at, who, what, detail }) => {
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

  #keep(events: TraceEvent[], who: string, what: string, detail: unknown): void {
    this.#lastSeq += 1;
    events.push({ seq: this.#lastSeq, at: this.#now(), who, what, detail });
    if (events.length > 2 * this.#limit) events.splice(0, this.#limit);
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
