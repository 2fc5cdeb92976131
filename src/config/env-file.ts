import { existsSync } from 'node:fs';

const ENV_FILE = '.env';

/** Set for a process that gets all its settings from the one that starts it, whatever lies in the working directory. */
export const NO_ENV_FILE_VARIABLE = 'ORCHESTRATOR_NO_ENV_FILE';

/** Adds the variables of `.env` in the working directory; those that are set stay as they are. */
export function loadEnvFile(): void {
  const unwanted = process.env[NO_ENV_FILE_VARIABLE] !== undefined;
  // What this process starts in turn is another matter.
  delete process.env[NO_ENV_FILE_VARIABLE];
  if (!unwanted && existsSync(ENV_FILE)) process.loadEnvFile(ENV_FILE);
}
