import { createHash } from 'node:crypto';
import type { Kzg } from '../../src/starknet/kzg.ts';

/** Answers a question about the same bytes once only: a test file settles the same few blobs many times. */
export function memoisedKzg(kzg: Kzg): Kzg {
  const answers = new Map<string, Promise<unknown>>();
  const once = <T>(name: string, inputs: readonly Uint8Array[], ask: () => Promise<T>): Promise<T> => {
    const hash = createHash('sha256').update(name);
    for (const input of inputs) hash.update(input);
    const key = hash.digest('hex');
    const answer = answers.get(key) ?? ask();
    answers.set(key, answer);
    return answer as Promise<T>;
  };
  return {
    commit: (blob) => once('commit', [blob], () => kzg.commit(blob)),
    prove: (blob, z) => once('prove', [blob, z], () => kzg.prove(blob, z)),
    cellProofs: (blob) => once('cellProofs', [blob], () => kzg.cellProofs(blob)),
    blobProof: (blob, commitment) => once('blobProof', [blob, commitment], () => kzg.blobProof(blob, commitment)),
    verify: (commitment, z, y, proof) => kzg.verify(commitment, z, y, proof),
  };
}
