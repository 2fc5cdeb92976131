import { OrchestratorError } from '../errors/orchestrator-error.ts';

/**
 * Words as bytes, 32 big-endian ones each: what threads pass to each other, at a fraction of the cost of integers.
 * `packWords` makes them.
 */
export type PackedWords = Uint8Array;

export const BYTES_PER_WORD = 32;

/** @throws OrchestratorError WORDS_INVALID for bytes that end within a word */
export function wordCount(packed: PackedWords): number {
  const count = packed.length / BYTES_PER_WORD;
  if (!Number.isInteger(count))
    throw new OrchestratorError('WORDS_INVALID', `${packed.length} bytes are no whole number of words`);
  return count;
}

/** @throws OrchestratorError WORDS_INVALID for bytes that end within a word */
export function unpackWords(packed: PackedWords): bigint[] {
  const view = new DataView(packed.buffer, packed.byteOffset, packed.byteLength);
  return Array.from({ length: wordCount(packed) }, (_, index) => {
    const at = index * BYTES_PER_WORD;
    const high = (view.getBigUint64(at) << 64n) | view.getBigUint64(at + 8);
    const low = (view.getBigUint64(at + 16) << 64n) | view.getBigUint64(at + 24);
    return (high << 128n) | low;
  });
}
