import { OrchestratorError } from '../../errors/orchestrator-error.ts';
import { BYTES_PER_BLOB } from '../../starknet/blob.ts';
import type { ObjectStore } from '../../storage/object-store.ts';
import { isBrokenArtifact } from '../broken-artifact.ts';
import { type EncodedBlobs, sha256Of } from './encode-blobs.ts';

/** What was recorded about a blob object when it was made. */
export interface BlobRecord {
  readonly key: string;
  readonly sha256: string | null;
  readonly blobs: number;
}

/**
 * The blobs of a stored blob object, in order. Fails with BLOB_INVALID when its length or hash is not the recorded one, or
 * as the store does when it is missing or damaged.
 */
export async function readBlobObject(objects: ObjectStore, { key, sha256, blobs }: BlobRecord): Promise<Uint8Array[]> {
  const content = await objects.get(key);
  const expected = blobs * BYTES_PER_BLOB;
  if (content.length !== expected) {
    throw new OrchestratorError(
      'BLOB_INVALID',
      `The blob object ${key} has ${content.length} bytes, not ${expected} (${blobs} x ${BYTES_PER_BLOB})`,
      {
        context: { key, bytes: content.length, expected },
      },
    );
  }
  const actual = sha256Of(content);
  if (actual !== sha256) {
    throw new OrchestratorError(
      'BLOB_INVALID',
      `The blob object ${key} has the SHA-256 ${actual}, but ${sha256} was recorded for it`,
      {
        context: { key, actual, recorded: sha256 },
      },
    );
  }
  return Array.from({ length: blobs }, (_, i) => content.subarray(i * BYTES_PER_BLOB, (i + 1) * BYTES_PER_BLOB));
}

/** Stores the blobs unless the very same bytes are there; a damaged object is replaced. */
export async function writeBlobObject(objects: ObjectStore, key: string, encoded: EncodedBlobs): Promise<void> {
  const blobs = encoded.commitments.length;
  try {
    await readBlobObject(objects, { key, sha256: encoded.sha256, blobs });
  } catch (error) {
    if (!isBrokenArtifact(error)) throw error;
    await objects.put(key, encoded.content);
  }
}
