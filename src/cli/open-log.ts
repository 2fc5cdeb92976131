import type { LogConfig } from '../config/log-config.ts';
import type { Log } from '../telemetry/log.ts';
import { createLog } from '../telemetry/pino-log.ts';

/** The log of a command, on standard error: standard output is for what was asked for. */
export function openLog(config: LogConfig, secrets: readonly string[]): Log {
  const destination = process.stderr;
  const terminal = destination.isTTY === true;
  return createLog({
    level: config.level,
    format: config.format ?? (terminal ? 'pretty' : 'json'),
    destination,
    secrets,
    colour: terminal,
    stacks: config.debug,
  });
}
