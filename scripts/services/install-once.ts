import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

const POLL_MS = 250;

/**
 * Fills `folder` once, however many processes ask at the same time. `build` works in a folder of its own, which gets its
 * name only when everything is in it: a folder that exists is complete, also after `kill -9` in the middle.
 *
 * @throws what `build` throws; nothing is left then, and the next caller tries again.
 */
export async function installOnce(folder: string, build: (stage: string) => Promise<void>): Promise<void> {
  if (existsSync(folder)) return;
  mkdirSync(dirname(folder), { recursive: true });
  const lock = `${folder}.lock`;
  while (!takeLock(lock)) {
    await delay(POLL_MS);
    if (existsSync(folder)) return;
  }
  const stage = `${folder}.${process.pid}.partial`;
  try {
    // Another process may have finished between our look and our lock.
    if (existsSync(folder)) return;
    removeLeftovers(folder);
    mkdirSync(stage);
    await build(stage);
    putInPlace(stage, folder);
  } finally {
    rmSync(stage, { recursive: true, force: true });
    rmSync(lock, { force: true });
  }
}

/** The lock is a file with the owner's process id; the lock of a process that is gone is nobody's. */
function takeLock(lock: string): boolean {
  try {
    writeFileSync(lock, String(process.pid), { flag: 'wx' });
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  }
  const owner = lockOwner(lock);
  // Two that find the same dead owner may both go on: that costs time, and the rename still lets one of them win.
  if (owner !== undefined && !isAlive(owner)) rmSync(lock, { force: true });
  return false;
}

/** Undefined when the lock is gone, or its owner has not written its id yet. */
function lockOwner(lock: string): number | undefined {
  try {
    const text = readFileSync(lock, 'utf8');
    return text === '' ? undefined : Number(text);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

/** What an installer that was killed has left behind. */
function removeLeftovers(folder: string): void {
  const pattern = /\.(\d+)\.partial$/;
  for (const name of readdirSync(dirname(folder))) {
    const owner = name.startsWith(basename(folder)) ? pattern.exec(name)?.[1] : undefined;
    if (owner !== undefined && !isAlive(Number(owner))) {
      rmSync(join(dirname(folder), name), { recursive: true, force: true });
    }
  }
}

function putInPlace(stage: string, folder: string): void {
  try {
    renameSync(stage, folder);
  } catch (error) {
    // Somebody else was first; what is there is as good as ours.
    if (!existsSync(folder)) throw error;
  }
}
