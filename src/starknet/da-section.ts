import { blobsNeeded } from './blob.ts';
import { challengeOfHash } from './challenge.ts';
import type { DaComputer } from './da-computer.ts';
import { inProcessDaComputer } from './in-process-da-computer.ts';
import type { Kzg } from './kzg.ts';
import { type PackedWords, wordCount } from './packed-words.ts';

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
 * 0.13.2 and later: it is the one that goes with the ten-word output, which older blocks are settled with too. The hash of
 * the words is computed beside the commitments.
 *
 * @throws OrchestratorError BLOB_LIMIT_EXCEEDED when the words need more than `maxBlobs`
 */
export async function daSection(
  words: PackedWords,
  kzg: Pick<Kzg, 'commit'>,
  maxBlobs: number,
  computer: DaComputer = inProcessDaComputer,
): Promise<DaSection> {
  // Said before anything is computed.
  blobsNeeded(wordCount(words), maxBlobs);
  const [{ blobs, commitments }, hash] = await Promise.all([
    committedBlobs(words, kzg, maxBlobs, computer),
    computer.wordsHash(words),
  ]);
  const z = challengeOfHash(hash, commitments, 'since-0.13.2');
  return { blobs, commitments, z, evaluations: await computer.evaluate(words, z) };
}

/** Blobs of the words, with a commitment to each. */
export async function committedBlobs(
  words: PackedWords,
  kzg: Pick<Kzg, 'commit'>,
  maxBlobs: number,
  computer: DaComputer,
): Promise<Pick<DaSection, 'blobs' | 'commitments'>> {
  const blobs = await computer.blobs(words, maxBlobs);
  return { blobs, commitments: await Promise.all(blobs.map((blob) => kzg.commit(blob))) };
}
