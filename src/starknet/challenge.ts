import { OrchestratorError } from '../errors/orchestrator-error.ts';
import { WORDS_PER_BLOB } from './blob.ts';
import { BLS_SCALAR_MODULUS } from './bls-scalar.ts';
import { splitCommitment } from './commitment.ts';
import { isFelt } from './felt.ts';
import { poseidonHash, poseidonHashMany } from './poseidon.ts';
import { wordsHash } from './words-hash.ts';

/** How commitments enter the challenge; changed in Starknet 0.13.2, when several blobs became possible. */
export type ChallengeFormula = 'before-0.13.2' | 'since-0.13.2';

/**
 * The point z at which the OS evaluates the blobs' polynomials: Poseidon of the hash of the words and the hash of the
 * commitments' halves (low, high per blob).
 *
 * `words` are exactly those that the OS published, over all blobs, without padding: a trailing zero word counts, so
 * the list cannot be recovered from a blob by cutting zeros off.
 *
 * @param commitments 48 bytes each, in blob order; the older formula takes exactly one
 * @throws OrchestratorError WORDS_INVALID for a word that is no felt, BLOB_INVALID for a wrong number of commitments
 */
export function challenge(
  words: readonly bigint[],
  commitments: readonly Uint8Array[],
  formula: ChallengeFormula,
): bigint {
  const bad = words.findIndex((word) => !isFelt(word));
  if (bad >= 0)
    throw new OrchestratorError('WORDS_INVALID', `word ${bad} is not below the field prime`, {
      context: { index: bad },
    });
  return challengeOfHash(wordsHash(words), commitments, formula);
}

/**
 * {@link challenge} from the hash of the words (`wordsHash`), which takes nearly all of its time and needs no commitment.
 *
 * @throws OrchestratorError BLOB_INVALID for a wrong number of commitments
 */
export function challengeOfHash(
  hashOfWords: bigint,
  commitments: readonly Uint8Array[],
  formula: ChallengeFormula,
): bigint {
  if (commitments.length === 0)
    throw new OrchestratorError('BLOB_INVALID', 'a challenge needs at least one commitment');
  const halves = commitments.flatMap((commitment) => {
    const { low, high } = splitCommitment(commitment);
    return [low, high];
  });
  return poseidonHash(hashOfWords, commitmentsHash(halves, formula));
}

/**
 * Values of the blobs' polynomials at z, one a blob: the sum of words[4096 k + j] * z^j modulo the order of the
 * BLS12-381 scalar field.
 */
export function evaluateWords(words: readonly bigint[], z: bigint): bigint[] {
  const values: bigint[] = [];
  for (let start = 0; start < words.length; start += WORDS_PER_BLOB) {
    let value = 0n;
    for (let j = Math.min(start + WORDS_PER_BLOB, words.length) - 1; j >= start; j--)
      value = (value * z + (words[j] as bigint)) % BLS_SCALAR_MODULUS;
    values.push(value);
  }
  return values;
}

function commitmentsHash(halves: readonly bigint[], formula: ChallengeFormula): bigint {
  if (formula === 'since-0.13.2') return poseidonHashMany(halves);
  const [low, high, ...more] = halves;
  if (low === undefined || high === undefined || more.length > 0) {
    throw new OrchestratorError(
      'BLOB_INVALID',
      `before Starknet 0.13.2 a block has exactly one blob, not ${halves.length / 2}`,
    );
  }
  return poseidonHash(low, high);
}
