import { OrchestratorError } from '../errors/orchestrator-error.ts';
import { blockNumbersIn } from './block-numbers.ts';
import { readCompressedWords } from './compression/stateless-compression.ts';
import { type ContractView, readDaWords, type StateDiffView } from './decode-da-words.ts';
import { isFelt } from './felt.ts';
import type { DaLayout } from './starknet-version.ts';
import { isSystemContract } from './system-contracts.ts';

/** A state difference that was found in blobs, and how it was written. */
export interface ReadableDiff {
  readonly kind: 'readable';
  readonly layout: DaLayout;
  readonly compressed: boolean;
  /** Contracts and keys are named by the aliases of contract 0x2. */
  readonly aliased: boolean;
  /** Exactly the words that were published, the list that the challenge binds. */
  readonly words: readonly bigint[];
  /** The words before compression. */
  readonly plainWords: readonly bigint[];
  readonly diff: StateDiffView;
  /** First and last block, as contract 0x1 shows them; undefined where it has no trace of them. */
  readonly blocks: readonly [number, number] | undefined;
}

/** Words that only holders of a key can read (Starknet 0.14.1 and later, by a chain's choice). */
export interface EncryptedDiff {
  readonly kind: 'encrypted';
  /** Number of keys that can open it. */
  readonly keys: number;
}

const MAX_KEYS = 64n;
/** Public and encrypted keys are random felts; counts and flags are not. */
const LEAST_KEY = 1n << 128n;

/**
 * What the words of one or several blobs say, found out from the words alone. Zeros behind the end are padding.
 *
 * @param coefficients of the blobs in order, 4096 each; or words without padding
 * @throws OrchestratorError WORDS_INVALID for words that are no state difference in any layout
 */
export function readPublishedDiff(coefficients: readonly bigint[]): ReadableDiff | EncryptedDiff {
  const bad = coefficients.findIndex((word) => !isFelt(word));
  if (bad >= 0)
    throw new OrchestratorError(
      'WORDS_INVALID',
      `word ${bad} is not below Starknet's field prime: no data of Starknet`,
      {
        context: { index: bad },
      },
    );
  const attempts = [
    { name: 'compressed', read: () => readCompressed(coefficients) },
    { name: 'old layout', read: () => readPlain(coefficients, 'old') },
    { name: 'new layout', read: () => readPlain(coefficients, 'new') },
  ];
  const failures: string[] = [];
  for (const { name, read } of attempts) {
    try {
      return read();
    } catch (error) {
      if (!(error instanceof OrchestratorError)) throw error;
      failures.push(`${name}: ${error.message}`);
    }
  }
  const keys = encryptionKeys(coefficients);
  if (keys !== undefined) return { kind: 'encrypted', keys };
  throw new OrchestratorError('WORDS_INVALID', `the words are no state difference (${failures.join('; ')})`, {
    hint: 'A state difference can need several blobs: give all of its transaction, in their order.',
  });
}

function readCompressed(coefficients: readonly bigint[]): ReadableDiff {
  const { words, length } = readCompressedWords(coefficients);
  if (words.length === 0) throw malformed('nothing is compressed');
  return { ...readPlain(words, 'new'), compressed: true, words: published(coefficients, length) };
}

function readPlain(words: readonly bigint[], layout: DaLayout): ReadableDiff {
  const { diff, length } = readDaWords(words, layout);
  const idle = diff.contracts.find(isUnchanged);
  // The words of one layout can read as the other's, but then contracts come out that nothing happened to.
  if (idle !== undefined) throw malformed('a contract without any change');
  const plainWords = published(words, length);
  const numbers = blockNumbersIn(diff);
  const [first] = numbers;
  const last = numbers.at(-1);
  return {
    kind: 'readable',
    layout,
    compressed: false,
    aliased: diff.contracts.some(isAlias),
    words: plainWords,
    plainWords,
    diff,
    blocks: first === undefined || last === undefined ? undefined : [first, last],
  };
}

function published(words: readonly bigint[], length: number): readonly bigint[] {
  if (words.some((word, index) => index >= length && word !== 0n))
    throw malformed(`words follow the end of the state difference at ${length}`);
  return words.slice(0, length);
}

function isUnchanged({ address, classHash, nonce, entries }: ContractView): boolean {
  return classHash === undefined && nonce === 0n && entries.length === 0 && !isSystemContract(address);
}

/** Aliases count up from 128; a real address is a hash, far above. */
function isAlias({ address }: ContractView): boolean {
  return address >= 0x80n && address < 1n << 64n;
}

/** `[n, n public keys, n encrypted keys, encrypted words]`: the recorded ones look so; what is inside only they know. */
function encryptionKeys(words: readonly bigint[]): number | undefined {
  const [count = 0n] = words;
  if (count < 1n || count > MAX_KEYS) return undefined;
  const keys = words.slice(1, 1 + 2 * Number(count));
  const complete = keys.length === 2 * Number(count) && words.length > 1 + keys.length;
  return complete && keys.every((key) => key >= LEAST_KEY) ? Number(count) : undefined;
}

function malformed(message: string): OrchestratorError {
  return new OrchestratorError('WORDS_INVALID', message);
}
