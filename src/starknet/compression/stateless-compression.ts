import { OrchestratorError } from '../../errors/orchestrator-error.ts';
import { FELT_PRIME, isFelt } from '../felt.ts';
import { packBits, packDigits, packedLength, packedLengthOfBits, unpackBits, unpackDigits } from './bound-packing.ts';

/*
 * Stateless compression of DA words, Starknet 0.13.3 and later. A value is kept once, in the narrowest of six buckets; a
 * further sight of it is a pointer to that copy. The stream is
 *
 *     header      [version 0, words, values in each bucket (252, 125, 83, 62, 31, 15 bits), repeats], 20 bits each, one word
 *     buckets     the values, widest bucket first, in order of first sight
 *     pointers    for each repeat, the index of its value among all kept ones; digits below the number of those
 *     buckets of  for each word, 0 to 5 for a bucket, 6 for a repeat; digits below 7
 */

const VERSION = 0;
const BUCKET_BITS = [252, 125, 83, 62, 31, 15] as const;
/** Exclusive bounds of what the buckets hold. */
const BUCKET_BOUNDS = BUCKET_BITS.map((bits) => (bits > 251 ? FELT_PRIME : 1n << BigInt(bits)));
const REPEAT = BUCKET_BITS.length;
const BUCKET_NAMES = REPEAT + 1;
const HEADER_FIELDS = 2 + BUCKET_NAMES;
const HEADER_FIELD_BITS = 20;
/** Number of words that one stream can hold, exclusive. */
const MAX_WORDS = 2 ** HEADER_FIELD_BITS;

/**
 * Compresses DA words; no words give the single word 0.
 *
 * @throws OrchestratorError WORDS_INVALID for a word that is no felt and for 2^20 words or more
 */
export function compressWords(words: readonly bigint[]): bigint[] {
  if (words.length >= MAX_WORDS) {
    throw new OrchestratorError(
      'WORDS_INVALID',
      `${words.length} words cannot be compressed; the format counts to ${MAX_WORDS - 1}`,
      { context: { words: words.length } },
    );
  }
  const buckets: bigint[][] = BUCKET_BITS.map(() => []);
  const bucketOf: number[] = new Array<number>(words.length);
  /** Bucket and position of each value's copy: bucket * MAX_WORDS + position. */
  const copies = new Map<bigint, number>();
  const repeats: number[] = [];
  for (const [index, word] of words.entries()) {
    const copy = copies.get(word);
    if (copy !== undefined) {
      repeats.push(copy);
      bucketOf[index] = REPEAT;
      continue;
    }
    const bucket = narrowestBucket(word, index);
    const values = buckets[bucket] ?? [];
    copies.set(word, bucket * MAX_WORDS + values.length);
    values.push(word);
    bucketOf[index] = bucket;
  }
  const sizes = buckets.map((values) => values.length);
  const offsets = runningSums(sizes);
  const header = [VERSION, words.length, ...sizes, repeats.length].map(BigInt);
  const pointers = repeats.map((copy) => (offsets[Math.floor(copy / MAX_WORDS)] ?? 0) + (copy % MAX_WORDS));
  return [
    ...packBits(header, HEADER_FIELD_BITS),
    ...BUCKET_BITS.flatMap((bits, bucket) => packBits(buckets[bucket] ?? [], bits)),
    ...packDigits(pointers, pointerBound(copies.size)),
    ...packDigits(bucketOf, BUCKET_NAMES),
  ];
}

/**
 * Exact inverse of {@link compressWords}: nothing but what it makes is accepted.
 *
 * @throws OrchestratorError WORDS_INVALID for anything but a whole stream with nothing behind it
 */
export function decompressWords(stream: readonly bigint[]): bigint[] {
  const { words, length } = readCompressedWords(stream);
  if (length !== stream.length)
    throw malformed(`${stream.length - length} words follow the end of the stream`, { length, words: stream.length });
  return words;
}

/**
 * The compressed stream at the start of a list of words, for example of a blob's 4096 coefficients.
 *
 * Time and memory are in proportion to the words given, whatever the header claims.
 *
 * @returns the words, and the length of the stream, which must be known to recompute the challenge
 * @throws OrchestratorError WORDS_INVALID when no well-formed stream is there
 */
export function readCompressedWords(stream: readonly bigint[]): { words: bigint[]; length: number } {
  const { wordCount, sizes, repeatCount } = readHeader(stream[0]);
  const uniqueCount = sum(sizes);
  const bound = pointerBound(uniqueCount);
  const length =
    1 +
    sum(BUCKET_BITS.map((bits, bucket) => packedLengthOfBits(sizes[bucket] ?? 0, bits))) +
    packedLength(repeatCount, bound) +
    packedLength(wordCount, BUCKET_NAMES);
  if (length > stream.length) {
    throw malformed(`the header claims a stream of ${length} words, but there are ${stream.length}`, {
      claimed: length,
      words: stream.length,
    });
  }

  let position = 1;
  const take = (count: number): readonly bigint[] => {
    const part = stream.slice(position, position + count);
    const bad = part.findIndex((word) => !isFelt(word));
    if (bad >= 0) throw malformed(`word ${position + bad} is not below the field prime`, { index: position + bad });
    position += count;
    return part;
  };
  const buckets = BUCKET_BITS.map((bits, bucket) => {
    const size = sizes[bucket] ?? 0;
    const values = unpackBits(take(packedLengthOfBits(size, bits)), size, bits);
    if (values === undefined)
      throw malformed(`the bucket of ${bits} bits holds more than its ${size} values`, { bits });
    mustBeNarrowest(values, bucket);
    return values;
  });
  const pointers = unpackDigits(take(packedLength(repeatCount, bound)), repeatCount, bound);
  if (pointers === undefined) throw malformed(`there are more than the ${repeatCount} repeats of the header`);
  const bucketOf = unpackDigits(take(packedLength(wordCount, BUCKET_NAMES)), wordCount, BUCKET_NAMES);
  if (bucketOf === undefined) throw malformed(`there are more than the ${wordCount} words of the header`);

  const unique = buckets.flat();
  if (new Set(unique).size !== unique.length) throw malformed('a value is kept twice');
  return { words: assemble(unique, sizes, pointers, bucketOf), length };
}

function readHeader(header: bigint | undefined): { wordCount: number; sizes: number[]; repeatCount: number } {
  if (header === undefined) throw malformed('there is no header');
  const fields = isFelt(header) ? unpackBits([header], HEADER_FIELDS, HEADER_FIELD_BITS)?.map(Number) : undefined;
  if (fields === undefined) throw malformed('the first word is no header');
  const [version = 0, wordCount = 0, ...counts] = fields;
  if (version !== VERSION) throw malformed(`its version is ${version}, only ${VERSION} is known`, { version });
  const total = sum(counts);
  if (total !== wordCount) {
    throw malformed(`the header claims ${wordCount} words, but its buckets and repeats add up to ${total}`, {
      claimed: wordCount,
      total,
    });
  }
  return { wordCount, sizes: counts.slice(0, REPEAT), repeatCount: counts[REPEAT] ?? 0 };
}

/** Values in the order of the words: each takes the next value of its bucket, or again one that was taken before. */
function assemble(
  unique: readonly bigint[],
  sizes: readonly number[],
  pointers: readonly number[],
  bucketOf: readonly number[],
): bigint[] {
  const next = runningSums(sizes);
  const ends = next.map((start, bucket) => start + (sizes[bucket] ?? 0));
  const isTaken = new Uint8Array(unique.length);
  let repeats = 0;
  return bucketOf.map((bucket) => {
    const at = bucket === REPEAT ? pointers[repeats++] : next[bucket];
    const value = at === undefined ? undefined : unique[at];
    if (at === undefined || value === undefined || (bucket !== REPEAT && at >= (ends[bucket] ?? 0)))
      throw malformed(`more words come from bucket ${bucket} than it holds`, { bucket });
    if (bucket !== REPEAT) next[bucket] = at + 1;
    else if (isTaken[at] === 0) throw malformed('a repeat stands before the value that it repeats');
    isTaken[at] = 1;
    return value;
  });
}

function narrowestBucket(word: bigint, index: number): number {
  for (let bucket = REPEAT - 1; bucket >= 0 && word >= 0n; bucket--)
    if (word < (BUCKET_BOUNDS[bucket] ?? 0n)) return bucket;
  throw new OrchestratorError('WORDS_INVALID', `word ${index} is not below the field prime`, { context: { index } });
}

function mustBeNarrowest(values: readonly bigint[], bucket: number): void {
  const narrower = BUCKET_BOUNDS[bucket + 1] ?? 0n;
  if (values.some((value) => value < narrower))
    throw malformed(`the bucket of ${BUCKET_BITS[bucket]} bits holds a value that belongs in a narrower one`);
}

/** Pointers are digits below the number of kept values, at least 1. */
function pointerBound(uniqueCount: number): number {
  return Math.max(uniqueCount, 1);
}

function runningSums(sizes: readonly number[]): number[] {
  let total = 0;
  return sizes.map((size) => {
    total += size;
    return total - size;
  });
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}

function malformed(what: string, context: Record<string, number> = {}): OrchestratorError {
  return new OrchestratorError('WORDS_INVALID', `not compressed words: ${what}`, { context });
}
