import { createHash } from 'node:crypto';
import { availableParallelism } from 'node:os';
import { OrchestratorError } from '../../errors/orchestrator-error.ts';
import { BYTES_PER_BLOB } from '../blob.ts';
import { BYTES_PER_COMMITMENT } from '../commitment.ts';
import { threadModule } from '../compute/thread-module.ts';
import { ThreadPool } from '../compute/thread-pool.ts';
import type { Kzg } from '../kzg.ts';
import { Recent } from '../recent.ts';
import type { KzgRequest, KzgResponse } from './kzg-worker.ts';

/** The run, its validation, the data submission and the settlement commit to the same blobs, blocks apart at most. */
const REMEMBERED = 64;

/** A block has few blobs, and each thread has to load the set-up. */
const MOST_THREADS = 4;

type Threads = ThreadPool<KzgRequest, KzgResponse>;

let sharedThreads: Threads | undefined;
/** By content of the blob; promises, so that those who ask at the same time share one computation. */
const commitments = new Recent<Promise<Uint8Array>>(REMEMBERED);

/**
 * KZG by a native library with the public trusted set-up inside it, in a few threads for the whole process. The first call
 * of each takes about three seconds longer, for loading the set-up; later ones 60 to 600 ms on one core. Commitments are
 * remembered by content.
 *
 * @throws OrchestratorError from each method: BLOB_INVALID for a wrong length, a blob element or `z` that is not below
 *   the order of the scalar field, or bytes that are no curve point; PROCESS_FAILED (transient) when its thread died
 */
export function nativeKzg(): Kzg {
  sharedThreads ??= startThreads();
  const threads = sharedThreads;
  return {
    async commit(blob) {
      requireLength('a blob', blob, BYTES_PER_BLOB);
      const content = createHash('sha256').update(blob).digest('hex');
      const known = commitments.get(content) ?? commitInThread(threads, blob);
      commitments.set(content, known);
      try {
        return (await known).slice();
      } catch (error) {
        if (commitments.get(content) === known) commitments.delete(content);
        throw error;
      }
    },
    async prove(blob, z) {
      requireLength('a blob', blob, BYTES_PER_BLOB);
      requireLength('z', z, 32);
      const [proof, y] = bytesOf(await call(threads, { operation: 'prove', blob, z }), 2);
      return { proof: proof as Uint8Array, y: y as Uint8Array };
    },
    async cellProofs(blob) {
      requireLength('a blob', blob, BYTES_PER_BLOB);
      return bytesOf(await call(threads, { operation: 'cellProofs', blob }), 128);
    },
    async blobProof(blob, commitment) {
      requireLength('a blob', blob, BYTES_PER_BLOB);
      requireLength('a commitment', commitment, BYTES_PER_COMMITMENT);
      const [proof] = bytesOf(await call(threads, { operation: 'blobProof', blob, commitment }), 1);
      return proof as Uint8Array;
    },
    async verify(commitment, z, y, proof) {
      requireLength('a commitment', commitment, BYTES_PER_COMMITMENT);
      requireLength('z', z, 32);
      requireLength('y', y, 32);
      requireLength('a proof', proof, BYTES_PER_COMMITMENT);
      return (await call(threads, { operation: 'verify', commitment, z, y, proof })) === true;
    },
  };
}

function startThreads(): Threads {
  const threads = Math.min(availableParallelism(), MOST_THREADS);
  return new ThreadPool({ file: threadModule('kzg-worker', import.meta.url), name: 'KZG', threads });
}

async function call(threads: Threads, request: KzgRequest): Promise<Uint8Array[] | boolean> {
  const response = await threads.run(request);
  if ('result' in response) return response.result;
  throw new OrchestratorError('BLOB_INVALID', `the KZG library refused: ${response.refused.slice(0, 200)}`);
}

async function commitInThread(threads: Threads, blob: Uint8Array): Promise<Uint8Array> {
  const [commitment] = bytesOf(await call(threads, { operation: 'commit', blob }), 1);
  return commitment as Uint8Array;
}

function requireLength(what: string, bytes: Uint8Array, length: number): void {
  if (bytes.length !== length) {
    throw new OrchestratorError('BLOB_INVALID', `${what} has ${length} bytes, not ${bytes.length}`, {
      context: { bytes: bytes.length },
    });
  }
}

function bytesOf(result: Uint8Array[] | boolean, count: number): Uint8Array[] {
  if (!Array.isArray(result) || result.length !== count)
    throw new OrchestratorError('PROCESS_FAILED', `a KZG thread did not answer with ${count} byte strings`);
  return result;
}
