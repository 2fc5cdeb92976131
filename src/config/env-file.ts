import { existsSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { parseEnv } from 'node:util';
import { OrchestratorError } from '../errors/orchestrator-error.ts';

const ENV_FILE = '.env';

/** Set for a process that gets all its settings from the one that starts it, whatever lies in the working directory. */
export const NO_ENV_FILE_VARIABLE = 'ORCHESTRATOR_NO_ENV_FILE';

/**
 * Adds the variables of `.env` in the working directory; those that are set stay as they are. Fails with CONFIG_INVALID when
 * it cannot be read.
 */
export function loadEnvFile(): void {
  const unwanted = process.env[NO_ENV_FILE_VARIABLE] !== undefined;
  // What this process starts in turn is another matter.
  delete process.env[NO_ENV_FILE_VARIABLE];
  if (unwanted || !existsSync(ENV_FILE)) return;
  try {
    // Read once, since it may be a pipe; `process.loadEnvFile` would not say why it could not.
    const added = parseEnv(readFileSync(ENV_FILE, 'utf8'));
    for (const [name, value] of Object.entries(added)) process.env[name] ??= value;
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new OrchestratorError('CONFIG_INVALID', `${ENV_FILE} in ${resolve('.')} cannot be read: ${reason}`, {
      cause,
      hint: 'Make it a file that this user may read, or start in another directory.',
    });
  }
}
