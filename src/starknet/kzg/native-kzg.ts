import { DasContextJs } from '@crate-crypto/node-eth-kzg';
import { OrchestratorError } from '../../errors/orchestrator-error.ts';
import { BYTES_PER_BLOB } from '../blob.ts';
import type { Kzg } from '../kzg.ts';

let sharedContext: DasContextJs | undefined;

/**
 * KZG by a native library, with the public trusted set-up inside it. Calls run on the thread pool of Node and cost
 * 60 to 350 ms each on one core.
 *
 * @throws OrchestratorError BLOB_INVALID from each method for a wrong length, a blob element or `z` that is not below
 *   the order of the scalar field, or bytes that are no curve point
 */
export function nativeKzg(): Kzg {
  return {
    commit: (blob) => run('commitment', blob, (context) => context.asyncBlobToKzgCommitment(blob)),
    prove: (blob, z) =>
      run('proof', blob, async (context) => {
        const [proof, y] = await context.asyncComputeKzgProof(blob, z);
        if (proof === undefined || y === undefined) throw new Error('the library returned no proof');
        return { proof, y };
      }),
    cellProofs: (blob) => run('cell proofs', blob, async (context) => (await context.asyncComputeCellsAndKzgProofs(blob)).proofs),
    blobProof: (blob, commitment) => run('blob proof', blob, (context) => context.asyncComputeBlobKzgProof(blob, commitment)),
    verify: (commitment, z, y, proof) => run('verification', undefined, (context) => context.asyncVerifyKzgProof(commitment, z, y, proof)),
  };
}

async function run<T>(what: string, blob: Uint8Array | undefined, call: (context: DasContextJs) => Promise<T>): Promise<T> {
  if (blob !== undefined && blob.length !== BYTES_PER_BLOB) {
    throw new OrchestratorError('BLOB_INVALID', `a blob has ${BYTES_PER_BLOB} bytes, not ${blob.length}`, { context: { bytes: blob.length } });
  }
  // The tables for faster cell proofs would cost seconds at the start and a hundred MiB; one block has one blob.
  sharedContext ??= DasContextJs.create({ usePrecomp: false });
  try {
    return await call(sharedContext);
  } catch (cause) {
    throw new OrchestratorError('BLOB_INVALID', `KZG ${what} refused: ${cause instanceof Error ? cause.message : String(cause)}`, { cause });
  }
}
