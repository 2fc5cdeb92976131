import { createHash } from 'node:crypto';
import { type FileHandle, mkdtemp, open, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { OrchestratorError } from '../../errors/orchestrator-error.ts';
import { makeDirectory } from '../../file-system/make-directory.ts';

/** Content whose hash is known before it is sent, and which can be sent from its beginning. */
export interface MeasuredContent {
  readonly size: number;
  /** Lower case hex, 64 digits. */
  readonly sha256: string;
  /** The bytes themselves, or a stream of the temporary file that holds them. */
  body(): Uint8Array | Readable;
  /** Gives the temporary file back. */
  dispose(): Promise<void>;
}

/**
 * Reads the content to its end. A stream of up to `bufferBytes` stays in memory; a longer one goes to a temporary file
 * that has no name any more once it is open, so that nothing of it is left even when the process dies. Errors of the
 * stream pass unchanged; a file that cannot be written fails with STORAGE_UNAVAILABLE.
 */
export async function measureContent(
  content: Uint8Array | Readable,
  temporaryDirectory: string,
  bufferBytes: number,
): Promise<MeasuredContent> {
  const hash = createHash('sha256');
  if (content instanceof Uint8Array) return inMemory(content, hash.update(content).digest('hex'));
  let buffered: Uint8Array[] = [];
  let size = 0;
  let file: FileHandle | undefined;
  try {
    for await (const chunk of content) {
      const bytes = typeof chunk === 'string' ? Buffer.from(chunk) : (chunk as Uint8Array);
      hash.update(bytes);
      size += bytes.length;
      buffered.push(bytes);
      if (size <= bufferBytes) continue;
      try {
        file ??= await nameless(temporaryDirectory);
        for (const waiting of buffered) await file.writeFile(waiting);
      } catch (error) {
        throw unwritable(error, temporaryDirectory);
      }
      buffered = [];
    }
  } catch (error) {
    await file?.close();
    throw error;
  }
  const sha256 = hash.digest('hex');
  return file === undefined ? inMemory(Buffer.concat(buffered), sha256) : inFile(file, size, sha256);
}

function inMemory(bytes: Uint8Array, sha256: string): MeasuredContent {
  return { size: bytes.length, sha256, body: () => bytes, dispose: () => Promise.resolve() };
}

function inFile(file: FileHandle, size: number, sha256: string): MeasuredContent {
  return {
    size,
    sha256,
    body: () => file.createReadStream({ start: 0, end: size - 1, autoClose: false }),
    dispose: () => file.close(),
  };
}

/** Makes the directory for what is being uploaded. Fails with STORAGE_UNAVAILABLE. */
export function prepareTemporaryDirectory(directory: string): void {
  try {
    makeDirectory(directory);
  } catch (error) {
    throw unwritable(error, directory);
  }
}

/** A new file, open for writing and reading, and removed from its directory. */
async function nameless(directory: string): Promise<FileHandle> {
  const folder = await mkdtemp(join(directory, 'upload-'));
  try {
    return await open(join(folder, 'content'), 'wx+');
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

function unwritable(cause: unknown, directory: string): OrchestratorError {
  const reason = cause instanceof Error ? cause.message : String(cause);
  return new OrchestratorError('STORAGE_UNAVAILABLE', `Cannot write a temporary file in ${directory}: ${reason}`, {
    retry: 'dependency-down',
    dependency: 'temporary-files',
    context: { directory },
    cause,
    hint: 'Free space there, or name another temporary directory; an upload needs as much as the artifact is large.',
  });
}
