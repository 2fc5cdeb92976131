import { readVector, readVectorJson } from '../vectors.ts';

/** What the recorded `derived.json` of one blob says; every value computed with two independent libraries. */
export interface DerivedBlob {
  readonly note: string;
  readonly n_words: number;
  readonly commitment: string;
  readonly commitment_low_high: readonly [string, string];
  readonly versioned_hash: string;
  readonly blob_proof: string;
  readonly x_0: string;
  readonly y_0: string;
  readonly proof_at_x_0: string;
}

export function readDerived(...path: string[]): DerivedBlob {
  return readVectorJson(...path, 'derived.json') as DerivedBlob;
}

/** A recorded program output: one word a line, decimal. */
export function readDecimalWords(...path: string[]): bigint[] {
  return readVector(...path)
    .split(/\s+/)
    .map(BigInt);
}

/** A recorded program output: hex words without `0x`, between white space, commas, quotes or brackets. */
export function readHexWords(...path: string[]): bigint[] {
  return (readVector(...path).match(/[0-9a-fA-Fx]+/g) ?? []).map((digits) => BigInt(`0x${digits.replace(/^0x/, '')}`));
}

export function hex(bytes: Uint8Array): string {
  return `0x${Buffer.from(bytes).toString('hex')}`;
}

export function unhex(text: string): Uint8Array {
  return Uint8Array.from(Buffer.from(text.replace(/^0x/, ''), 'hex'));
}
