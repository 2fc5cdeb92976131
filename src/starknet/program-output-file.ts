import { OrchestratorError } from '../errors/orchestrator-error.ts';
import { FELT_PRIME, fromBytes, isFelt, packWords } from './felt.ts';

const COUNT_BYTES = 8;
const WORD_BYTES = 32;

/**
 * The object `program_output.txt`, binary despite its name (bincode of a vector of 32-byte arrays): number of words as
 * 8 bytes little-endian, then each word as 32 bytes big-endian.
 */
export function encodeProgramOutput(words: readonly bigint[]): Uint8Array {
  const bad = words.findIndex((word) => !isFelt(word));
  if (bad >= 0)
    throw new OrchestratorError('OUTPUT_INVALID', `word ${bad} of the program output is not below the field prime`, {
      context: { index: bad },
    });
  const bytes = new Uint8Array(COUNT_BYTES + WORD_BYTES * words.length);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(words.length), true);
  bytes.set(packWords(words), COUNT_BYTES);
  return bytes;
}

/**
 * Inverse of {@link encodeProgramOutput}.
 *
 * @throws OrchestratorError OUTPUT_INVALID when the length does not fit the number of words, or a word is no felt
 */
export function decodeProgramOutput(bytes: Uint8Array): bigint[] {
  if (bytes.length < COUNT_BYTES)
    throw new OrchestratorError('OUTPUT_INVALID', `a program output file of ${bytes.length} bytes is too short`);
  const count = new DataView(bytes.buffer, bytes.byteOffset).getBigUint64(0, true);
  if (BigInt(bytes.length - COUNT_BYTES) !== count * BigInt(WORD_BYTES)) {
    throw new OrchestratorError(
      'OUTPUT_INVALID',
      `a program output file of ${count} words cannot have ${bytes.length} bytes`,
      {
        context: { words: count, bytes: bytes.length },
      },
    );
  }
  return Array.from({ length: Number(count) }, (_, index) => {
    const start = COUNT_BYTES + WORD_BYTES * index;
    const word = fromBytes(bytes.subarray(start, start + WORD_BYTES));
    if (word >= FELT_PRIME)
      throw new OrchestratorError(
        'OUTPUT_INVALID',
        `word ${index} of the program output file is not below the field prime`,
        { context: { index } },
      );
    return word;
  });
}
