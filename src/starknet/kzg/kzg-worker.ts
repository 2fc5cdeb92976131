/*
 * Thread that owns the native KZG library. Loading the trusted set-up keeps a core busy for about three seconds; on the
 * main thread no lease would be renewed during that time. `native-kzg.ts` starts it and speaks to it.
 */
import { parentPort } from 'node:worker_threads';
import { DasContextJs } from '@crate-crypto/node-eth-kzg';

/** Arguments by operation; every value is bytes. */
export type KzgRequest = { readonly id: number } & (
  | { readonly operation: 'commit' | 'cellProofs'; readonly blob: Uint8Array }
  | { readonly operation: 'prove'; readonly blob: Uint8Array; readonly z: Uint8Array }
  | { readonly operation: 'blobProof'; readonly blob: Uint8Array; readonly commitment: Uint8Array }
  | {
      readonly operation: 'verify';
      readonly commitment: Uint8Array;
      readonly z: Uint8Array;
      readonly y: Uint8Array;
      readonly proof: Uint8Array;
    }
);

/** `result` is a list of byte strings, or a boolean for `verify`. */
export type KzgResponse = { readonly id: number } & (
  | { readonly result: Uint8Array[] | boolean }
  | { readonly refused: string }
);

// Tables for faster cell proofs (0.27 s instead of 0.42 s) would add a second and 110 MB; a block has few blobs.
const context = DasContextJs.create({ usePrecomp: false });
const port = parentPort;
if (port === null) throw new Error('kzg-worker.ts runs as a worker thread only');

port.on('message', (request: KzgRequest) => {
  run(request).then(
    (result) => port.postMessage({ id: request.id, result } satisfies KzgResponse),
    (error: unknown) =>
      port.postMessage({
        id: request.id,
        refused: error instanceof Error ? error.message : String(error),
      } satisfies KzgResponse),
  );
});

async function run(request: KzgRequest): Promise<Uint8Array[] | boolean> {
  switch (request.operation) {
    case 'commit':
      return [await context.asyncBlobToKzgCommitment(request.blob)];
    case 'prove':
      return context.asyncComputeKzgProof(request.blob, request.z);
    case 'cellProofs':
      return (await context.asyncComputeCellsAndKzgProofs(request.blob)).proofs;
    case 'blobProof':
      return [await context.asyncComputeBlobKzgProof(request.blob, request.commitment)];
    case 'verify':
      return context.asyncVerifyKzgProof(request.commitment, request.z, request.y, request.proof);
  }
}
