import { readFile } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';

/** Resolves once SIGSTOP has been carried out: it is answered at once and done a moment later. Only Linux shows when. */
export async function untilStandsStill(pid: number): Promise<void> {
  while (!(await standsStill(pid))) await delay(5);
}

async function standsStill(pid: number): Promise<boolean> {
  if (process.platform !== 'linux') return true;
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8');
  return stat.slice(stat.lastIndexOf(')') + 2).startsWith('T');
}
