import { lstat, readdir, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import type { Clock, Entropy } from '../../clock/clock.ts';
import { makeDirectory } from '../../file-system/make-directory.ts';
import { systemCode } from './storage-error.ts';

/**
 * What nobody has written to for so long is a leftover. Only time tells: whether the writer lives cannot be asked, since
 * two containers with one volume do not see each other's processes.
 */
const IDLE_MS = 10 * 60_000;

/** Names of files being written, in one folder, so that what a crash left behind is found without a search. */
export class TemporaryFiles {
  readonly directory: string;
  readonly #entropy: Entropy;

  constructor(root: string, entropy: Entropy) {
    this.directory = join(root, '.tmp');
    this.#entropy = entropy;
  }

  /** A path that nobody else uses. */
  path(): string {
    return join(this.directory, this.#entropy.uuid());
  }

  /** Makes the folder and removes what was left in it some time ago. */
  async prepare(clock: Clock): Promise<void> {
    makeDirectory(this.directory);
    for (const name of await readdir(this.directory)) {
      const path = join(this.directory, name);
      if (!(await isIdle(path, clock))) continue;
      await unlink(path).catch((error: unknown) => {
        if (systemCode(error) !== 'ENOENT') throw error; // another instance was faster
      });
    }
  }
}

/** A link counts by its own time: what it leads to is elsewhere. */
async function isIdle(path: string, clock: Clock): Promise<boolean> {
  try {
    return clock.now() - (await lstat(path)).mtimeMs > IDLE_MS;
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return false;
    throw error;
  }
}
