import { type BlobsOf, wordsToBlobs } from './blob.ts';
import { challenge, evaluateWords } from './challenge.ts';
import type { Kzg } from './kzg.ts';

/** What binds an OS output to its blobs, with the blobs. */
export interface DaSection {
  /** 131,072 bytes each. */
  readonly blobs: readonly Uint8Array[];
  /** 48 bytes each, one a blob. */
  readonly commitments: readonly Uint8Array[];
  readonly z: bigint;
  /** Value of each blob's polynomial at `z`. */
  readonly evaluations: readonly bigint[];
}

/**
 * Blobs, commitments, challenge and evaluations of data-availability words, the challenge always by the formula of Starknet
 * 0.13.2 and later: it is the one that goes with the ten-word output, which older blocks are settled with too.
 */
export async function daSection(
  words: readonly bigint[],
  kzg: Kzg,
  maxBlobs: number,
  blobsOf: BlobsOf = wordsToBlobs,
): Promise<DaSection> {
  const blobs = blobsOf(words, maxBlobs);
  const commitments = await Promise.all(blobs.map((blob) => kzg.commit(blob)));
  const z = challenge(words, commitments, 'since-0.13.2');
  return { blobs, commitments, z, evaluations: evaluateWords(words, z) };
}
