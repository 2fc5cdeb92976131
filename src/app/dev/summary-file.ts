import { open, realpath, rm, stat, writeFile } from 'node:fs/promises';
import { OrchestratorError } from '../../errors/orchestrator-error.ts';
import type { DevSummary } from './summary.ts';

/**
 * Fails with INPUT_INVALID unless a summary can be written there, long before there is one. A file that is there keeps its
 * content, and none is left where there was none.
 */
export async function tryToWrite(path: string): Promise<void> {
  try {
    const there = await stat(path).catch(() => undefined);
    // Opening a pipe and closing it again would be its end for the reader.
    if (there !== undefined && !there.isFile() && !there.isDirectory()) return;
    const file = await open(path, 'a');
    await file.close();
    // A link that led nowhere stays.
    if (there === undefined) await rm(await realpath(path));
  } catch (error) {
    throw unwritable(path, error);
  }
}

/** Fails with INPUT_INVALID. */
export async function writeSummary(path: string, summary: DevSummary): Promise<void> {
  try {
    await writeFile(path, `${JSON.stringify(summary, null, 2)}\n`);
  } catch (error) {
    throw unwritable(path, error);
  }
}

function unwritable(path: string, cause: unknown): OrchestratorError {
  const reason = cause instanceof Error ? cause.message : String(cause);
  return new OrchestratorError('INPUT_INVALID', `The summary cannot be written to ${path}: ${reason}`, {
    context: { path },
    cause,
    hint: 'Give --summary a file in a directory that exists, is yours and is on a disk with free space.',
  });
}
