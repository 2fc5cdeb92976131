import { open } from 'node:fs/promises';
import { gunzipSync } from 'node:zlib';
import { OrchestratorError } from '../../errors/orchestrator-error.ts';

/** Far above nine blobs as text or the largest output; a Cairo PIE is never read whole. */
const MAX_BYTES = 32 * 2 ** 20;
const HEAD_BYTES = 4;

/** First bytes of a file, or the whole of one of moderate size; gzip is unpacked. */
export interface InputFile {
  readonly path: string;
  readonly isZip: boolean;
  /** Undefined for a zip and for what is too large to be anything else than one. */
  readonly bytes: Uint8Array | undefined;
}

/**
 * Reads a file that somebody wants decoded.
 *
 * @throws OrchestratorError INPUT_INVALID when there is no such file, it cannot be read, or is a directory
 */
export async function readInput(path: string): Promise<InputFile> {
  try {
    await using file = await open(path, 'r');
    const stat = await file.stat();
    if (!stat.isFile()) throw new OrchestratorError('INPUT_INVALID', `${path} is not a file.`);
    const head = new Uint8Array(HEAD_BYTES);
    await file.read(head, 0, HEAD_BYTES, 0);
    if (startsWith(head, [0x50, 0x4b, 0x03, 0x04])) return { path, isZip: true, bytes: undefined };
    if (stat.size > MAX_BYTES) return { path, isZip: false, bytes: undefined };
    const bytes = await file.readFile();
    return { path, isZip: false, bytes: startsWith(head, [0x1f, 0x8b]) ? unpack(path, bytes) : bytes };
  } catch (error) {
    if (error instanceof OrchestratorError) throw error;
    const reason = error instanceof Error ? error.message : String(error);
    throw new OrchestratorError('INPUT_INVALID', `Cannot read ${path}: ${reason}`, { cause: error });
  }
}

function unpack(path: string, bytes: Uint8Array): Uint8Array {
  try {
    return gunzipSync(bytes, { maxOutputLength: MAX_BYTES });
  } catch (cause) {
    throw new OrchestratorError('INPUT_INVALID', `${path} is a gzip file that cannot be unpacked.`, { cause });
  }
}

function startsWith(bytes: Uint8Array, start: readonly number[]): boolean {
  return start.every((byte, index) => bytes[index] === byte);
}
