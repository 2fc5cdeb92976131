import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const PROJECT = fileURLToPath(new URL('../..', import.meta.url));

/** Where the native services are installed; git-ignored, and safe to delete while none of them runs. */
export const SERVICES_FOLDER = join(PROJECT, '.services');

/** Absolute path of a file of the project. */
export function projectFile(...parts: readonly string[]): string {
  return join(PROJECT, ...parts);
}

/** Folder of one installation: it changes with the content of its lock files and with the machine it is for. */
export function installationFolder(name: string, lockFiles: readonly string[], machine: string): string {
  const hash = createHash('sha256').update(`${process.platform} ${process.arch} ${machine}\n`);
  for (const file of lockFiles) hash.update(readFileSync(file)).update('\0');
  return join(SERVICES_FOLDER, `${name}-${hash.digest('hex').slice(0, 16)}`);
}
