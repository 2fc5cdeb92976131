import { mkdir, readdir, stat, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import type { Clock, Entropy } from '../../clock/clock.ts';
import { systemCode } from './storage-error.ts';

/** A file that a living process has not touched for so long is a leftover all the same. */
const IDLE_MS = 3_600_000;

/** Names of files being written, in one folder, so that what a crash left behind is found without a search. */
export class TemporaryFiles {
  readonly directory: string;
  readonly #entropy: Entropy;

  constructor(root: string, entropy: Entropy) {
    this.directory = join(root, '.tmp');
    this.#entropy = entropy;
  }

  /** A path that nobody else uses; it tells the process that made it. */
  path(): string {
    return join(this.directory, `${process.pid}-${this.#entropy.uuid()}`);
  }

  /** Makes the folder and removes what processes that are gone have left in it. */
  async prepare(clock: Clock): Promise<void> {
    await mkdir(this.directory, { recursive: true });
    for (const name of await readdir(this.directory)) {
      const path = join(this.directory, name);
      const owner = Number.parseInt(name, 10);
      if (isAlive(owner) && !(await isIdle(path, clock))) continue;
      await unlink(path).catch((error: unknown) => {
        if (systemCode(error) !== 'ENOENT') throw error; // another instance was faster
      });
    }
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return systemCode(error) === 'EPERM'; // alive, of another user
  }
}

async function isIdle(path: string, clock: Clock): Promise<boolean> {
  try {
    return clock.now() - (await stat(path)).mtimeMs > IDLE_MS;
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return false;
    throw error;
  }
}
