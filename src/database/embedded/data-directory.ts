import { accessSync, constants } from 'node:fs';
import { OrchestratorError } from '../../errors/orchestrator-error.ts';
import { makeDirectory } from '../../file-system/make-directory.ts';
import { networkFileSystemOfDirectory } from './network-file-system.ts';

/** Makes the data directory when it is missing. Fails with STORAGE_UNAVAILABLE when a database cannot be kept in it. */
export function prepareDataDirectory(directory: string): void {
  try {
    makeDirectory(directory);
    accessSync(directory, constants.R_OK | constants.W_OK | constants.X_OK);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new OrchestratorError('STORAGE_UNAVAILABLE', `The data directory ${directory} cannot be used: ${reason}`, {
      retry: 'dependency-down',
      dependency: 'storage',
      context: { path: directory },
      cause: error,
      hint: 'Give a directory that this user may read and write, on a disk with free space.',
    });
  }
  const network = networkFileSystemOfDirectory(directory);
  if (network !== undefined) {
    throw new OrchestratorError(
      'STORAGE_UNAVAILABLE',
      `The data directory ${directory} is on a network file system (${network}).`,
      {
        context: { path: directory, type: network },
        hint: 'Use a local disk: locks between processes are not reliable elsewhere.',
      },
    );
  }
}
