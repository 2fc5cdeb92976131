/*
 * Several small integers in one felt, the first one least significant. Numbers below a bound b are the digits of the felt
 * in base b, even where b is no power of two; each felt takes as many as bits would fit: floor(251 / bit length of b - 1).
 */

/** Bits of a felt that any integer of so many bits may use. */
const PACKABLE_BITS = 251;

/** Digits below `bound` that one word takes. */
function digitsPerWord(bound: number): number {
  const bits = bound <= 1 ? 1 : (bound - 1).toString(2).length;
  return Math.floor(PACKABLE_BITS / bits);
}

/** Words that so many digits below `bound` take. */
export function packedLength(count: number, bound: number): number {
  return Math.ceil(count / digitsPerWord(bound));
}

/** Digits, each in `[0, bound)` and below 2^26, as words. */
export function packDigits(digits: readonly number[], bound: number): bigint[] {
  const perWord = digitsPerWord(bound);
  const perChunk = digitsPerChunk(bound, perWord);
  const chunkBase = BigInt(bound ** perChunk);
  const words: bigint[] = [];
  for (let start = 0; start < digits.length; start += perWord) {
    const count = Math.min(perWord, digits.length - start);
    let word = 0n;
    for (let from = Math.floor((count - 1) / perChunk) * perChunk; from >= 0; from -= perChunk) {
      let chunk = 0;
      for (let i = Math.min(from + perChunk, count) - 1; i >= from; i--)
        chunk = chunk * bound + (digits[start + i] ?? 0);
      word = word * chunkBase + BigInt(chunk);
    }
    words.push(word);
  }
  return words;
}

/**
 * The first `count` digits of words that {@link packDigits} made, or undefined when the words hold more than that. There
 * must be {@link packedLength} words.
 */
export function unpackDigits(words: readonly bigint[], count: number, bound: number): number[] | undefined {
  const perWord = digitsPerWord(bound);
  const perChunk = digitsPerChunk(bound, perWord);
  const chunkBase = BigInt(bound ** perChunk);
  const digits: number[] = [];
  for (const packed of words) {
    const end = Math.min(digits.length + perWord, count);
    let word = packed;
    while (digits.length < end) {
      const rest = word / chunkBase;
      let chunk = Number(word - rest * chunkBase);
      const chunkEnd = Math.min(digits.length + perChunk, end);
      while (digits.length < chunkEnd) {
        const higher = Math.floor(chunk / bound);
        digits.push(chunk - higher * bound);
        chunk = higher;
      }
      if (chunk !== 0) return undefined;
      word = rest;
    }
    if (word !== 0n) return undefined;
  }
  return digits;
}

/** Words that so many values of `bits` bits take; values of 252 bits have a word each. */
export function packedLengthOfBits(count: number, bits: number): number {
  return bits > PACKABLE_BITS ? count : Math.ceil(count / Math.floor(PACKABLE_BITS / bits));
}

/** Values below 2^bits as words. */
export function packBits(values: readonly bigint[], bits: number): readonly bigint[] {
  if (bits > PACKABLE_BITS) return values;
  const perWord = Math.floor(PACKABLE_BITS / bits);
  const shift = BigInt(bits);
  const words: bigint[] = [];
  for (let start = 0; start < values.length; start += perWord) {
    let word = 0n;
    for (let i = Math.min(start + perWord, values.length) - 1; i >= start; i--)
      word = (word << shift) | (values[i] ?? 0n);
    words.push(word);
  }
  return words;
}

/** Inverse of {@link packBits}; undefined when the words hold more than `count` values. There must be {@link packedLengthOfBits} words. */
export function unpackBits(words: readonly bigint[], count: number, bits: number): readonly bigint[] | undefined {
  if (bits > PACKABLE_BITS) return words;
  const perWord = Math.floor(PACKABLE_BITS / bits);
  const shift = BigInt(bits);
  const values: bigint[] = [];
  for (const packed of words) {
    const end = Math.min(values.length + perWord, count);
    let word = packed;
    while (values.length < end) {
      values.push(BigInt.asUintN(bits, word));
      word >>= shift;
    }
    if (word !== 0n) return undefined;
  }
  return values;
}

/** Digits that are computed with at once as an ordinary number, which is exact below 2^53 and much faster. */
function digitsPerChunk(bound: number, perWord: number): number {
  if (bound <= 1) return perWord;
  let digits = 1;
  while (digits < perWord && bound ** (digits + 1) <= Number.MAX_SAFE_INTEGER) digits++;
  return digits;
}
