import { createHash } from 'node:crypto';
import type { Kzg } from '../../../src/starknet/kzg.ts';

/**
 * Commitments that are hashes: they bind a blob as a real one does, at no cost. Only what handlers use is there; asking
 * for a proof is an error, not a made-up answer.
 */
export const hashKzg: Kzg = {
  commit: async (blob) => new Uint8Array(createHash('sha384').update(blob).digest()),
  prove: () => Promise.reject(new Error('no proofs here')),
  cellProofs: () => Promise.reject(new Error('no proofs here')),
  blobProof: () => Promise.reject(new Error('no proofs here')),
  verify: () => Promise.reject(new Error('no proofs here')),
};
