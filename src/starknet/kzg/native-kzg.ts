import { OrchestratorError } from '../../errors/orchestrator-error.ts';
import { BYTES_PER_BLOB } from '../blob.ts';
import { BYTES_PER_COMMITMENT } from '../commitment.ts';
import type { Kzg } from '../kzg.ts';
import { KzgThread } from './kzg-thread.ts';

let sharedThread: KzgThread | undefined;

/**
 * KZG by a native library with the public trusted set-up inside it, in one thread for the whole process. The first call
 * takes about three seconds longer, for loading the set-up; later ones 60 to 400 ms on one core.
 *
 * @throws OrchestratorError from each method: BLOB_INVALID for a wrong length, a blob element or `z` that is not below
 *   the order of the scalar field, or bytes that are no curve point; PROCESS_FAILED (transient) when the thread died
 */
export function nativeKzg(): Kzg {
  sharedThread ??= new KzgThread();
  const thread = sharedThread;
  return {
    async commit(blob) {
      requireLength('a blob', blob, BYTES_PER_BLOB);
      const [commitment] = bytesOf(await thread.call({ operation: 'commit', blob }), 1);
      return commitment as Uint8Array;
    },
    async prove(blob, z) {
      requireLength('a blob', blob, BYTES_PER_BLOB);
      requireLength('z', z, 32);
      const [proof, y] = bytesOf(await thread.call({ operation: 'prove', blob, z }), 2);
      return { proof: proof as Uint8Array, y: y as Uint8Array };
    },
    async cellProofs(blob) {
      requireLength('a blob', blob, BYTES_PER_BLOB);
      return bytesOf(await thread.call({ operation: 'cellProofs', blob }), 128);
    },
    async blobProof(blob, commitment) {
      requireLength('a blob', blob, BYTES_PER_BLOB);
      requireLength('a commitment', commitment, BYTES_PER_COMMITMENT);
      const [proof] = bytesOf(await thread.call({ operation: 'blobProof', blob, commitment }), 1);
      return proof as Uint8Array;
    },
    async verify(commitment, z, y, proof) {
      requireLength('a commitment', commitment, BYTES_PER_COMMITMENT);
      requireLength('z', z, 32);
      requireLength('y', y, 32);
      requireLength('a proof', proof, BYTES_PER_COMMITMENT);
      return (await thread.call({ operation: 'verify', commitment, z, y, proof })) === true;
    },
  };
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
    throw new OrchestratorError('PROCESS_FAILED', `the KZG thread did not answer with ${count} byte strings`);
  return result;
}
