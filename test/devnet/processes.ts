import { readFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';

/** A zombie has ended; nobody has collected it yet (in a container often nobody ever does). */
export function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
  } catch {
    return false;
  }
  if (process.platform !== 'linux') return true;
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return stat.slice(stat.lastIndexOf(')') + 2, stat.lastIndexOf(')') + 3) !== 'Z';
  } catch {
    return false;
  }
}

/** Resolves once the process has ended; the test's own time-out is the limit. */
export async function gone(pid: number): Promise<void> {
  while (isRunning(pid)) await delay(20);
}
