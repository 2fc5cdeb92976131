import type { LosslessJson } from '../../starknet/lossless-json.ts';

/** As many as the largest output that is read. */
const MAX_WORDS = 1_000_000;
/** Digits of 2^256 in decimal. */
const MAX_TOKEN = 78;
const HEX_TOKEN = /^(0x)?[0-9a-fA-F]{1,64}$/;
const DECIMAL_TOKEN = /^\d{1,78}$/;

/**
 * Numbers between white space or commas. A number with `0x` is hexadecimal. Numbers without it are decimal unless one of
 * them has a digit above 9 or all have 64 digits: then all are hexadecimal.
 *
 * @returns undefined for anything else
 */
export function parseWordList(text: string): bigint[] | undefined {
  const tokens: string[] = [];
  for (const [token] of text.matchAll(/[^\s,]+/g)) {
    if (token.length > MAX_TOKEN || tokens.length === MAX_WORDS) return undefined;
    tokens.push(token);
  }
  return wordsOf(tokens);
}

/** A JSON array of numbers or of texts with numbers; undefined for anything else. */
export function wordsOfJson(json: LosslessJson): bigint[] | undefined {
  if (!Array.isArray(json)) return undefined;
  const items = json as readonly LosslessJson[];
  if (items.every((item) => typeof item === 'string')) return wordsOf(items);
  const numbers = items.every(
    (item) => typeof item === 'bigint' || (typeof item === 'number' && Number.isSafeInteger(item)),
  );
  return numbers && items.length > 0 ? items.map((item) => BigInt(item as number | bigint)) : undefined;
}

function wordsOf(tokens: readonly string[]): bigint[] | undefined {
  if (tokens.length === 0 || !tokens.every((token) => HEX_TOKEN.test(token) || DECIMAL_TOKEN.test(token)))
    return undefined;
  const bare = tokens.filter((token) => !token.startsWith('0x'));
  const hexadecimal = bare.some((token) => /[a-fA-F]/.test(token)) || bare.every((token) => token.length === 64);
  if (hexadecimal && !tokens.every((token) => HEX_TOKEN.test(token))) return undefined;
  return tokens.map((token) => BigInt(hexadecimal && !token.startsWith('0x') ? `0x${token}` : token));
}
