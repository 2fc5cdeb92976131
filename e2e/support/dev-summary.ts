import { readFile } from 'node:fs/promises';
import type { DevSummary } from '../../src/app/dev/summary.ts';

/** What `dev --summary FILE` wrote. */
export async function readSummary(file: string): Promise<DevSummary> {
  return JSON.parse(await readFile(file, 'utf8')) as DevSummary;
}

/** Names of the closing check, in the order in which they are printed. */
export const CHECKS = [
  'state root',
  'block number',
  'block hash',
  'state updates in order, each once',
  'messages to L1',
  'messages to L2',
];
