import { OrchestratorError } from '../errors/orchestrator-error.ts';
import { BLS_SCALAR_MODULUS } from './bls-scalar.ts';
import { isFelt, toBytes32, writeBytes32 } from './felt.ts';
import { evaluate, interpolate } from './ntt.ts';
import { unpackWords } from './packed-words.ts';

/** Field elements in a blob, and so words that fit in one. */
export const WORDS_PER_BLOB = 4096;
/** 4096 elements of 32 bytes, big-endian. */
export const BYTES_PER_BLOB = 131_072;
const MODULUS = toBytes32(BLS_SCALAR_MODULUS);

/**
 * Blob of up to 4096 words: the words, padded with zeros, are the coefficients of a polynomial over the BLS12-381
 * scalar field; the blob holds its values (EIP-4844 order).
 *
 * @throws OrchestratorError WORDS_INVALID for more words, or for one that is no felt
 */
export function wordsToBlob(words: readonly bigint[]): Uint8Array {
  if (words.length > WORDS_PER_BLOB) {
    throw new OrchestratorError('WORDS_INVALID', `${words.length} words do not fit in one blob of ${WORDS_PER_BLOB}`, {
      context: { words: words.length },
    });
  }
  const coefficients = new Uint8Array(BYTES_PER_BLOB);
  const view = new DataView(coefficients.buffer);
  words.forEach((word, index) => {
    if (!isFelt(word))
      throw new OrchestratorError('WORDS_INVALID', `word ${index} is not below the field prime`, {
        context: { index },
      });
    writeBytes32(view, 32 * index, word);
  });
  return evaluate(coefficients);
}

/**
 * As many blobs as the words need; blob k carries words 4096k to 4096k + 4095, each transformed on its own.
 *
 * @param maxBlobs the most that one transaction may carry
 * @throws OrchestratorError BLOB_LIMIT_EXCEEDED when more blobs would be needed, WORDS_INVALID as {@link wordsToBlob} or without words
 */
export function wordsToBlobs(words: readonly bigint[], maxBlobs: number): Uint8Array[] {
  const needed = blobsNeeded(words.length, maxBlobs);
  return Array.from({ length: needed }, (_, k) =>
    wordsToBlob(words.slice(k * WORDS_PER_BLOB, (k + 1) * WORDS_PER_BLOB)),
  );
}

/**
 * Number of blobs that so many words fill.
 *
 * @throws OrchestratorError BLOB_LIMIT_EXCEEDED when that is more than `maxBlobs`, WORDS_INVALID for no words
 */
export function blobsNeeded(words: number, maxBlobs: number): number {
  if (words === 0) throw new OrchestratorError('WORDS_INVALID', 'there are no words; even an empty state diff has two');
  const needed = Math.ceil(words / WORDS_PER_BLOB);
  if (needed <= maxBlobs) return needed;
  const excess = words - maxBlobs * WORDS_PER_BLOB;
  throw new OrchestratorError(
    'BLOB_LIMIT_EXCEEDED',
    `${words} words need ${needed} blobs, ${needed - maxBlobs} more than the limit of ${maxBlobs} (${excess} words too many)`,
    { context: { words, neededBlobs: needed, maxBlobs, excessWords: excess } },
  );
}

/**
 * The 4096 coefficients of a blob, padding included: how many of them are words, only their content tells.
 *
 * @throws OrchestratorError BLOB_INVALID for a wrong length or an element that is not below the scalar field's order
 */
export function blobToWords(blob: Uint8Array): bigint[] {
  if (blob.length !== BYTES_PER_BLOB) {
    throw new OrchestratorError('BLOB_INVALID', `a blob has ${BYTES_PER_BLOB} bytes, not ${blob.length}`, {
      context: { bytes: blob.length },
    });
  }
  const elements = Buffer.from(blob.buffer, blob.byteOffset, blob.byteLength);
  for (let index = 0; index < WORDS_PER_BLOB; index++) {
    if (elements.compare(MODULUS, 0, 32, 32 * index, 32 * index + 32) >= 0) {
      throw new OrchestratorError(
        'BLOB_INVALID',
        `element ${index} of the blob is not below the order of the scalar field`,
        { context: { index } },
      );
    }
  }
  return unpackWords(interpolate(blob));
}
