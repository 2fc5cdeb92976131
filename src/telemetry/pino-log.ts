import type { Writable } from 'node:stream';
import { pino } from 'pino';
import { PinoPretty } from 'pino-pretty';
import { errorFields } from './error-fields.ts';
import type { Log } from './log.ts';
import { redact } from './redact.ts';

export interface LogOptions {
  readonly level: 'trace' | 'debug' | 'info' | 'warn' | 'error' | 'silent';
  /** Lines for people, or one JSON object a line. */
  readonly format: 'json' | 'pretty';
  readonly destination: Writable;
  /** Texts that must never be shown. */
  readonly secrets: readonly string[];
  readonly colour: boolean;
  /** Errors with their stacks. */
  readonly stacks: boolean;
}

/** The program's log. Every line passes the redaction before it leaves the process. */
export function createLog(options: LogOptions): Log {
  const { destination, secrets, stacks } = options;
  const serializer = (error: unknown) => errorFields(error, stacks);
  const target =
    options.format === 'json'
      ? destination
      : PinoPretty({ destination, colorize: options.colour, ignore: 'pid,hostname', translateTime: 'SYS:HH:MM:ss.l' });
  return pino(
    {
      level: options.level,
      base: null,
      timestamp: pino.stdTimeFunctions.isoTime,
      serializers: { err: serializer, error: serializer },
      redact: { paths: ['privateKey', '*.privateKey', 'apiKey', '*.apiKey'], censor: '[secret]' },
    },
    { write: (line: string) => target.write(redact(line, secrets)) },
  );
}
