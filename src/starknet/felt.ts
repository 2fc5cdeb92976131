import { OrchestratorError } from '../errors/orchestrator-error.ts';

/** Modulus of Starknet's field: 2^251 + 17 * 2^192 + 1. A felt is a bigint in `[0, FELT_PRIME)`. */
export const FELT_PRIME = 2n ** 251n + 17n * 2n ** 192n + 1n;

const HEX_PATTERN = /^0x[0-9a-fA-F]{1,64}$/;

/**
 * Reads a felt as JSON-RPC writes it: `0x` and up to 64 hex digits of either case, leading zeros allowed.
 *
 * @param what names the value in the error, for example `state_diff.nonces[3].nonce`
 * @throws OrchestratorError FELT_INVALID
 */
export function parseFelt(value: unknown, what: string): bigint {
  if (typeof value !== 'string') {
    throw new OrchestratorError('FELT_INVALID', `${what} is not a hex string but ${describe(value)}`, {
      context: { what },
    });
  }
  if (!HEX_PATTERN.test(value)) {
    throw new OrchestratorError(
      'FELT_INVALID',
      `${what} is not a hex number with 0x and at most 64 digits: ${JSON.stringify(value.slice(0, 80))}`,
      {
        context: { what },
      },
    );
  }
  const felt = BigInt(value);
  if (felt >= FELT_PRIME)
    throw new OrchestratorError('FELT_INVALID', `${what} is not below the field prime: ${value}`, {
      context: { what },
    });
  return felt;
}

/** True for an integer in `[0, FELT_PRIME)`. */
export function isFelt(value: bigint): boolean {
  return value >= 0n && value < FELT_PRIME;
}

/** `0x` and the fewest lower case digits, as Starknet's JSON-RPC wants it. */
export function feltToHex(value: bigint): string {
  assertFits(value, 256n);
  return `0x${value.toString(16)}`;
}

/** `0x` and exactly 64 lower case digits, as Ethereum writes 32-byte values. */
export function toHex32(value: bigint): `0x${string}` {
  assertFits(value, 256n);
  return `0x${value.toString(16).padStart(64, '0')}`;
}

/** 32 bytes, big-endian. */
export function toBytes32(value: bigint): Uint8Array {
  assertFits(value, 256n);
  const bytes = new Uint8Array(32);
  writeBytes32(new DataView(bytes.buffer), 0, value);
  return bytes;
}

/** Writes a non-negative integer below 2^256 as 32 bytes, big-endian. */
export function writeBytes32(view: DataView, offset: number, value: bigint): void {
  view.setBigUint64(offset, value >> 192n);
  view.setBigUint64(offset + 8, value >> 128n);
  view.setBigUint64(offset + 16, value >> 64n);
  view.setBigUint64(offset + 24, value);
}

/** Big-endian bytes of any length as an integer; no bytes are 0. */
export function fromBytes(bytes: Uint8Array): bigint {
  return bytes.length === 0
    ? 0n
    : BigInt(`0x${Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('hex')}`);
}

/** Concatenation of 32-byte big-endian words, as Solidity's `abi.encodePacked(uint256[])`. */
export function packWords(words: readonly bigint[]): Uint8Array {
  const bytes = new Uint8Array(32 * words.length);
  const view = new DataView(bytes.buffer);
  words.forEach((word, index) => {
    assertFits(word, 256n);
    writeBytes32(view, 32 * index, word);
  });
  return bytes;
}

/**
 * Cairo short string: the ASCII bytes as one big-endian integer.
 *
 * @throws OrchestratorError FELT_INVALID for more than 31 characters or for one outside ASCII
 */
export function shortString(text: string): bigint {
  if (text.length > 31)
    throw new OrchestratorError('FELT_INVALID', `"${text}" is longer than the 31 characters of a short string`);
  // biome-ignore lint/suspicious/noControlCharactersInRegex: ASCII includes them
  if (!/^[\x00-\x7f]*$/.test(text))
    throw new OrchestratorError('FELT_INVALID', `"${text}" has a character outside ASCII`);
  return fromBytes(Buffer.from(text, 'ascii'));
}

function assertFits(value: bigint, bits: bigint): void {
  if (value < 0n || value >> bits !== 0n)
    throw new OrchestratorError('FELT_INVALID', `${value} does not fit in ${bits} bits without sign`);
}

function describe(value: unknown): string {
  if (value === undefined) return 'missing';
  if (value === null) return 'null';
  return Array.isArray(value) ? 'an array' : `of type ${typeof value}`;
}
