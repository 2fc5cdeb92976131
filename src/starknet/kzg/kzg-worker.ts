/*
 * Thread that owns an instance of the native KZG library. Loading the trusted set-up keeps a core busy for about three
 * seconds; on the main thread no lease would be renewed during that time. `native-kzg.ts` starts it and speaks to it.
 *
 * Only the blocking functions of the library are called. Its asynchronous ones drop their arguments on threads of their own
 * and leave that to the first thread of the process that loaded the library: with a second one, the process dies.
 */
import { parentPort } from 'node:worker_threads';
import { DasContextJs } from '@crate-crypto/node-eth-kzg';

/** Arguments by operation; every value is bytes. */
export type KzgRequest =
  | { readonly operation: 'commit' | 'cellProofs'; readonly blob: Uint8Array }
  | { readonly operation: 'prove'; readonly blob: Uint8Array; readonly z: Uint8Array }
  | { readonly operation: 'blobProof'; readonly blob: Uint8Array; readonly commitment: Uint8Array }
  | {
      readonly operation: 'verify';
      readonly commitment: Uint8Array;
      readonly z: Uint8Array;
      readonly y: Uint8Array;
      readonly proof: Uint8Array;
    };

/** `result` is a list of byte strings, or a boolean for `verify`. */
export type KzgResponse = { readonly result: Uint8Array[] | boolean } | { readonly refused: string };

// Tables for faster cell proofs (0.27 s instead of 0.42 s) would add a second and 110 MB; a block has few blobs.
const context = DasContextJs.create({ usePrecomp: false });
const port = parentPort;
if (port === null) throw new Error('kzg-worker.ts runs as a worker thread only');

port.on('message', (request: KzgRequest) => port.postMessage(respond(request)));

function respond(request: KzgRequest): KzgResponse {
  try {
    return { result: compute(request) };
  } catch (error) {
    return { refused: error instanceof Error ? error.message : String(error) };
  }
}

function compute(request: KzgRequest): Uint8Array[] | boolean {
  switch (request.operation) {
    case 'commit':
      return [context.blobToKzgCommitment(request.blob)];
    case 'prove':
      return context.computeKzgProof(request.blob, request.z);
    case 'cellProofs':
      return context.computeCellsAndKzgProofs(request.blob).proofs;
    case 'blobProof':
      return [context.computeBlobKzgProof(request.blob, request.commitment)];
    case 'verify':
      return context.verifyKzgProof(request.commitment, request.z, request.y, request.proof);
  }
}
