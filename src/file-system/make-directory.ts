import { mkdirSync, statSync } from 'node:fs';
import { dirname, resolve } from 'node:path';

/** Times that the way down is walked when a directory above, which was there a moment ago, is gone. */
const WALKS = 5;

/**
 * Makes a directory that a user names, and what is missing above it, at once: for the start, not for the work. Fails with
 * the error of the system.
 *
 * Node's own `recursive` never ends where the system says ENOENT below a directory that exists, as /proc does.
 */
export function makeDirectory(path: string): void {
  for (let walk = 1; ; walk += 1) {
    try {
      for (const directory of missingDirectories(path)) makeOne(directory);
      return;
    } catch (error) {
      if (codeOf(error) !== 'ENOENT' || walk >= WALKS) throw error;
    }
  }
}

/** The directory and those above it that are not there, the highest first. */
function missingDirectories(path: string): string[] {
  const missing: string[] = [];
  for (let at = resolve(path); !isDirectory(at); at = dirname(at)) {
    missing.unshift(at);
    if (at === dirname(at)) break;
  }
  return missing;
}

function makeOne(directory: string): void {
  try {
    mkdirSync(directory);
  } catch (error) {
    // Another process may have made it meanwhile; a file of that name stays an error.
    if (codeOf(error) !== 'EEXIST' || !isDirectory(directory)) throw error;
  }
}

function isDirectory(path: string): boolean {
  try {
    return statSync(path).isDirectory();
  } catch {
    // What keeps us from looking keeps us from making it as well, and that error tells more.
    return false;
  }
}

function codeOf(error: unknown): unknown {
  return typeof error === 'object' && error !== null && 'code' in error ? error.code : undefined;
}
