import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { OrchestratorError } from '../errors/orchestrator-error.ts';

/** Adds the variables of a file to the environment, which wins over them. Fails with CONFIG_INVALID when it cannot be read. */
export function loadEnvFile(path: string): void {
  try {
    // `loadEnvFile` does not say why it could not.
    readFileSync(path);
    process.loadEnvFile(path);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new OrchestratorError('CONFIG_INVALID', `${path} in ${resolve(path, '..')} cannot be read: ${reason}`, {
      cause,
      hint: 'Make it a file that this user may read, or start in another directory.',
    });
  }
}
