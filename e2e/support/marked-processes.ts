import { readdirSync, readFileSync } from 'node:fs';

/** Variable that a test gives to what it starts; everything that is started from there inherits it. */
export const MARK_VARIABLE = 'ORCHESTRATOR_E2E_MARK';

export interface MarkedProcess {
  readonly pid: number;
  readonly command: string;
}

/** Running processes that carry the mark, whoever their parents are by now. Linux only: elsewhere an empty list. */
export function markedProcesses(mark: string): MarkedProcess[] {
  if (process.platform !== 'linux') return [];
  const wanted = `${MARK_VARIABLE}=${mark}`;
  const found: MarkedProcess[] = [];
  for (const name of readdirSync('/proc')) {
    if (!/^\d+$/.test(name)) continue;
    try {
      // A zombie has no environment any more: it has ended.
      if (!readFileSync(`/proc/${name}/environ`, 'utf8').split('\0').includes(wanted)) continue;
      const command = readFileSync(`/proc/${name}/cmdline`, 'utf8').replaceAll('\0', ' ').trim();
      found.push({ pid: Number(name), command });
    } catch {
      // Ended while we looked, or belongs to somebody else.
    }
  }
  return found;
}
