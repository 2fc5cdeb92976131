import { OrchestratorError } from '../../errors/orchestrator-error.ts';

/** Primary SQLite result codes that mean something to us (https://www.sqlite.org/rescode.html). */
const BUSY = 5;
const LOCKED = 6;
const READONLY = 8;
const IOERR = 10;
const CORRUPT = 11;
const FULL = 13;
const CANTOPEN = 14;
const NOTADB = 26;

/** The primary result code of an error of `node:sqlite`; undefined for any other error. */
function resultCode(error: unknown): number | undefined {
  if (typeof error !== 'object' || error === null || !('errcode' in error)) return undefined;
  return typeof error.errcode === 'number' ? error.errcode & 0xff : undefined;
}

/** True when another connection holds what we need; the same statement may succeed a moment later. */
export function isBusy(error: unknown): boolean {
  const code = resultCode(error);
  return code === BUSY || code === LOCKED;
}

/** True when the failure is that of the file or the disk, so that every other statement would meet it too. */
export function isEnvironmental(error: unknown): boolean {
  const code = resultCode(error);
  return code !== undefined && [BUSY, LOCKED, READONLY, IOERR, CORRUPT, FULL, CANTOPEN, NOTADB].includes(code);
}

/**
 * Turns a failure of SQLite into one that says which file it is, whether waiting helps, and what to do. A full disk or
 * an unreachable file is `dependency-down`: jobs wait for it and lose no attempt. Errors of other origin pass unchanged.
 */
export function databaseError(error: unknown, path: string): unknown {
  const code = resultCode(error);
  if (code === undefined) return error;
  const reason = String((error as { message?: unknown }).message ?? code);
  const context = { path, sqlite: code };
  if (code === CORRUPT || code === NOTADB) {
    return new OrchestratorError('DATABASE_CORRUPT', `${path} is damaged or not a database: ${reason}`, {
      context,
      cause: error,
      hint: 'Stop every instance, move the file and its -wal and -shm companions away, then restore a copy or start anew: the position comes from the contract.',
    });
  }
  if (!isEnvironmental(error)) {
    return new OrchestratorError('DATABASE_UNAVAILABLE', `${path}: ${reason}`, {
      retry: 'transient',
      context,
      cause: error,
    });
  }
  return new OrchestratorError('DATABASE_UNAVAILABLE', `${path}: ${reason}`, {
    retry: 'dependency-down',
    dependency: 'database',
    context,
    cause: error,
    hint: hintFor(code),
  });
}

function hintFor(code: number): string {
  if (code === FULL) return 'Free space on the disk that holds the data directory; the work goes on by itself.';
  if (code === BUSY || code === LOCKED) return 'Another process holds the database; end it if it hangs.';
  return 'Check that the data directory exists, that its disk is healthy and that this user may read and write it.';
}
