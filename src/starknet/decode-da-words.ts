import { OrchestratorError } from '../errors/orchestrator-error.ts';
import { daHeaderWord } from './da-words.ts';
import { feltToHex, isFelt } from './felt.ts';
import type { DaLayout } from './starknet-version.ts';

/** What DA words say. Addresses and keys are aliases where the chain uses them. */
export interface StateDiffView {
  /** Ascending by address. */
  readonly contracts: readonly ContractView[];
  /** Declared and migrated classes, ascending by class hash. */
  readonly classes: readonly { readonly classHash: bigint; readonly compiledClassHash: bigint }[];
}

export interface ContractView {
  readonly address: bigint;
  /** Of a contract that was deployed or whose class was replaced; the words do not tell which. */
  readonly classHash?: bigint;
  /** Old layout: the nonce at the end, where the OS published it. New layout: the new nonce. 0 otherwise. */
  readonly nonce: bigint;
  /** Ascending by key. */
  readonly entries: readonly { readonly key: bigint; readonly value: bigint }[];
}

/**
 * Exact inverse of `daWords`: nothing but what it makes is accepted.
 *
 * @throws OrchestratorError WORDS_INVALID naming the word at which the list stops making sense
 */
export function decodeDaWords(words: readonly bigint[], layout: DaLayout): StateDiffView {
  const { diff, length } = readDaWords(words, layout);
  if (length !== words.length)
    throw malformed(length, `${words.length - length} words follow the end of the state difference`);
  return diff;
}

/**
 * The state difference at the start of a list of words, for example of a blob's 4096 coefficients.
 *
 * @returns the difference, and the number of its words: trailing zeros may or may not belong to it, and the challenge counts them
 * @throws OrchestratorError WORDS_INVALID when there is none
 */
export function readDaWords(words: readonly bigint[], layout: DaLayout): { diff: StateDiffView; length: number } {
  let position = 0;
  const take = (what: string): bigint => {
    const word = words[position];
    if (word === undefined) throw malformed(position, `${what} is missing`);
    if (!isFelt(word)) throw malformed(position, `${what} is not below the field prime`);
    position++;
    return word;
  };
  /** A list of so many items of at least `size` words each: what cannot be there is refused before it is read. */
  const takeCount = (what: string, count: bigint, size: number): number => {
    const most = Math.floor((words.length - position) / size);
    if (count > BigInt(most))
      throw malformed(position - 1, `${feltToHex(count)} ${what} are claimed, but at most ${most} could follow`);
    return Number(count);
  };
  const takePairs = (what: string, count: number): (readonly [bigint, bigint])[] => {
    const pairs: (readonly [bigint, bigint])[] = [];
    let previous = -1n;
    for (let i = 0; i < count; i++) {
      const first = take(what);
      if (first <= previous)
        throw malformed(position - 1, `${what} ${feltToHex(first)} does not follow the one before`);
      previous = first;
      pairs.push([first, take(`what belongs to ${what} ${feltToHex(first)}`)]);
    }
    return pairs;
  };

  const contracts: ContractView[] = [];
  const contractCount = takeCount('contracts', take('number of contracts'), 2);
  let previous = -1n;
  for (let i = 0; i < contractCount; i++) {
    const address = take('contract address');
    if (address <= previous)
      throw malformed(position - 1, `contract ${feltToHex(address)} does not follow the one before`);
    previous = address;
    const header = readHeader(take('contract header'), layout);
    if (header === undefined)
      throw malformed(position - 1, `the header of contract ${feltToHex(address)} is none of the ${layout} layout`);
    const classHash = header.classChanged ? { classHash: take('class hash') } : {};
    const entries = takePairs('key', takeCount('writes', header.writes, 2));
    contracts.push({
      address,
      ...classHash,
      nonce: header.nonce,
      entries: entries.map(([key, value]) => ({ key, value })),
    });
  }
  const classes = takePairs('class', takeCount('classes', take('number of classes'), 2));
  return {
    diff: { contracts, classes: classes.map(([classHash, compiledClassHash]) => ({ classHash, compiledClassHash })) },
    length: position,
  };
}

const MASK_64 = (1n << 64n) - 1n;

/** Parts of a header word, or undefined when `daHeaderWord` makes no such word. */
function readHeader(
  word: bigint,
  layout: DaLayout,
): { classChanged: boolean; nonce: bigint; writes: bigint } | undefined {
  const isShort = (word & 2n) !== 0n;
  const parts =
    layout === 'old'
      ? { classChanged: word >> 128n === 1n, nonce: (word >> 64n) & MASK_64, writes: word & MASK_64 }
      : {
          classChanged: (word & 1n) === 1n,
          nonce: isShort ? word >> 10n : word >> 66n,
          writes: (word >> 2n) & (isShort ? 0xffn : MASK_64),
        };
  if (parts.nonce > MASK_64 || parts.writes > BigInt(Number.MAX_SAFE_INTEGER)) return undefined;
  return daHeaderWord({ layout, ...parts, writes: Number(parts.writes) }) === word ? parts : undefined;
}

function malformed(index: number, what: string): OrchestratorError {
  return new OrchestratorError('WORDS_INVALID', `word ${index}: ${what}`, { context: { index } });
}
