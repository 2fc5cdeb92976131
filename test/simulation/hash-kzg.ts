import { createHash } from 'node:crypto';
import { blobToWords } from '../../src/starknet/blob.ts';
import { BLS_SCALAR_MODULUS } from '../../src/starknet/bls-scalar.ts';
import type { DaComputer } from '../../src/starknet/da-computer.ts';
import { fromBytes, toBytes32 } from '../../src/starknet/felt.ts';
import { inProcessDaComputer } from '../../src/starknet/in-process-da-computer.ts';
import type { Kzg } from '../../src/starknet/kzg.ts';

/**
 * KZG without curves, for the simulation: a commitment is a hash of the blob and a proof a hash of the statement, both
 * as long as real points. They bind as real ones do (another blob has another commitment, another value another proof),
 * and the value at z is the real one, by integer arithmetic. Memoised by content over all runs of the process: the same
 * few blobs come in every run, and each would cost 30 ms.
 */
export const hashKzg: Kzg = {
  commit: async (blob) => commitmentOf(blob),
  prove: async (blob, z) => {
    const commitment = commitmentOf(blob);
    const y = valueAt(blob, commitment, z);
    return { proof: proofOf(commitment, z, y), y };
  },
  cellProofs: async (blob) => {
    const proof = sha384(commitmentOf(blob));
    return Array.from({ length: 128 }, () => proof);
  },
  blobProof: async (_, commitment) => sha384(commitment),
  verify: async (commitment, z, y, proof) => isProof(commitment, z, y, proof),
};

export function isProof(commitment: Uint8Array, z: Uint8Array, y: Uint8Array, proof: Uint8Array): boolean {
  return Buffer.compare(proofOf(commitment, z, y), proof) === 0;
}

/**
 * Computes in place, the transform memoised by content: it takes 13 ms a blob. What is remembered is the promise, so that
 * a first answer comes after as many turns as a later one: a run must not depend on those before it.
 */
export const memoisedComputer: DaComputer = {
  ...inProcessDaComputer,
  blobs: (words, maxBlobs) => {
    const key = `${maxBlobs}:${hex(words)}`;
    const made = blobs.get(key) ?? inProcessDaComputer.blobs(words, maxBlobs);
    blobs.set(key, made);
    return made;
  },
};

const blobs = new Map<string, ReturnType<DaComputer['blobs']>>();
const values = new Map<string, Uint8Array>();
const commitments = new WeakMap<Uint8Array, Uint8Array>();

function commitmentOf(blob: Uint8Array): Uint8Array {
  let known = commitments.get(blob);
  if (known === undefined) {
    known = sha384(blob);
    commitments.set(blob, known);
  }
  return known;
}

function valueAt(blob: Uint8Array, commitment: Uint8Array, z: Uint8Array): Uint8Array {
  const key = `${hex(commitment)}${hex(z)}`;
  let known = values.get(key);
  if (known === undefined) {
    const point = fromBytes(z);
    known = toBytes32(blobToWords(blob).reduceRight((value, word) => (value * point + word) % BLS_SCALAR_MODULUS, 0n));
    values.set(key, known);
  }
  return known;
}

function proofOf(commitment: Uint8Array, z: Uint8Array, y: Uint8Array): Uint8Array {
  return sha384(Buffer.concat([commitment, z, y]));
}

function sha384(bytes: Uint8Array): Uint8Array {
  return new Uint8Array(createHash('sha384').update(bytes).digest());
}

const hex = (bytes: Uint8Array): string =>
  Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('hex');
