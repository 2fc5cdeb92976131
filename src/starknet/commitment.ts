import { createHash } from 'node:crypto';
import { OrchestratorError } from '../errors/orchestrator-error.ts';
import { fromBytes } from './felt.ts';

/** Length of a compressed G1 point: a KZG commitment or proof. */
export const BYTES_PER_COMMITMENT = 48;

const HALF = 192n;
const HALF_MASK = (1n << HALF) - 1n;

/** EIP-4844 versioned hash: `0x01` and the last 31 bytes of the commitment's SHA-256, as `0x` and 64 digits. */
export function versionedHash(commitment: Uint8Array): `0x${string}` {
  assertLength(commitment);
  return `0x01${createHash('sha256').update(commitment).digest('hex').slice(2)}`;
}

/** The two words in which the OS output carries a commitment: its low and its high 192 bits. */
export function splitCommitment(commitment: Uint8Array): { low: bigint; high: bigint } {
  assertLength(commitment);
  const value = fromBytes(commitment);
  return { low: value & HALF_MASK, high: value >> HALF };
}

/** The 48 bytes of {@link splitCommitment}'s halves; OUTPUT_INVALID when a half has more than 192 bits. */
export function joinCommitment(low: bigint, high: bigint): Uint8Array {
  for (const [name, half] of [
    ['low', low],
    ['high', high],
  ] as const) {
    if (half < 0n || half > HALF_MASK) {
      throw new OrchestratorError(
        'OUTPUT_INVALID',
        `the OS output is malformed (commitment): the ${name} half does not fit in 192 bits`,
        { context: { field: 'commitment' } },
      );
    }
  }
  return Uint8Array.from(
    Buffer.from(((high << HALF) | low).toString(16).padStart(2 * BYTES_PER_COMMITMENT, '0'), 'hex'),
  );
}

function assertLength(commitment: Uint8Array): void {
  if (commitment.length !== BYTES_PER_COMMITMENT) {
    throw new OrchestratorError(
      'BLOB_INVALID',
      `a commitment has ${BYTES_PER_COMMITMENT} bytes, not ${commitment.length}`,
    );
  }
}
