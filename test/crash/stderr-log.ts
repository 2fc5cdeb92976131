import { writeSync } from 'node:fs';
import { errorFields } from '../../src/telemetry/error-fields.ts';
import type { Log } from '../../src/telemetry/log.ts';

/** Log of a process that may die at any instruction: each line is written before the call returns. */
export function stderrLog(bound: object = {}): Log {
  const write = (level: string) => (fields: object, message: string) => {
    const values = Object.fromEntries(
      Object.entries({ ...bound, ...fields }).map(([name, value]) => [name, readable(value)]),
    );
    writeSync(2, `${level} ${message} ${JSON.stringify(values)}\n`);
  };
  return {
    debug: () => undefined,
    info: write('info'),
    warn: write('warn'),
    error: write('error'),
    child: (fields) => stderrLog({ ...bound, ...fields }),
  };
}

function readable(value: unknown): unknown {
  if (value instanceof Error) return errorFields(value, false);
  return typeof value === 'bigint' ? value.toString() : value;
}
