import { createHash } from 'node:crypto';
import { packWords } from './felt.ts';
import { poseidonHashMany } from './poseidon.ts';
import { Recent } from './recent.ts';
import { poseidonHashManyFast } from './wasm/poseidon-wasm.ts';

/** A SNOS run, its validation and the data submission ask for the hash of the same words, blocks apart at most. */
const REMEMBERED = 64;
/** Below this many words hashing anew is as fast as looking up. */
const WORTH_REMEMBERING = 64;

const known = new Recent<bigint>(REMEMBERED);

/** Poseidon hash of DA words; the last few results are remembered by content, since a full blob takes 40 ms. */
export function wordsHash(words: readonly bigint[]): bigint {
  if (words.length < WORTH_REMEMBERING) return poseidonHashMany(words);
  const content = createHash('sha256').update(packWords(words)).digest('hex');
  const hash = known.get(content) ?? poseidonHashManyFast(words);
  known.set(content, hash);
  return hash;
}
