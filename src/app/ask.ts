import { createInterface } from 'node:readline/promises';
import type { ProgramIo } from './program-io.ts';

/** Resolves with true when the answer was yes. */
export type Question = (text: string) => Promise<boolean>;

/** A question to whoever sits at the terminal; undefined when nobody does. */
export function askOnTerminal({ terminal, stop }: ProgramIo): Question | undefined {
  if (!terminal || process.stdin.isTTY !== true) return undefined;
  return async (text) => {
    const lines = createInterface({ input: process.stdin, output: process.stdout });
    try {
      return /^y(es)?$/i.test((await lines.question(`${text} [y/N] `, { signal: stop })).trim());
    } catch (error) {
      if (stop.aborted) return false;
      throw error;
    } finally {
      lines.close();
    }
  };
}
