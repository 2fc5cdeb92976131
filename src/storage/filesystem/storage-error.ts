import { OrchestratorError } from '../../errors/orchestrator-error.ts';

const HINTS: Readonly<Record<string, string>> = {
  ENOSPC: 'Free space on the disk that holds the data directory; the work goes on by itself.',
  EDQUOT: 'The quota of this user is used up; free space or raise it.',
  EFBIG: 'The file-size limit of this process or file system is too low for the artifacts.',
  EACCES: 'Give this user the right to read and write the data directory.',
  EPERM: 'Give this user the right to read and write the data directory; its file system must know symbolic links.',
  EROFS: 'The file system is mounted read-only.',
  ENOTDIR: 'A part of the path is a file where a directory is needed.',
  EEXIST: 'A part of the path is a file where a directory is needed.',
};

/** The code of a failed system call, for example `ENOENT`; undefined for any other error. */
export function systemCode(error: unknown): string | undefined {
  if (typeof error !== 'object' || error === null || !('code' in error) || !('syscall' in error)) return undefined;
  return typeof error.code === 'string' ? error.code : undefined;
}

/** A failed system call as STORAGE_UNAVAILABLE with path, reason and what to do; jobs wait for it. Other errors pass unchanged. */
export function storageError(error: unknown, path: string): unknown {
  const code = systemCode(error);
  if (code === undefined) return error;
  const reason = String((error as { message?: unknown }).message ?? code);
  return new OrchestratorError('STORAGE_UNAVAILABLE', `Cannot use ${path}: ${reason}`, {
    retry: 'dependency-down',
    dependency: 'storage',
    context: { path, code },
    cause: error,
    hint: HINTS[code] ?? 'Check the disk that holds the data directory.',
  });
}
