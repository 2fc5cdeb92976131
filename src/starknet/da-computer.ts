import type { DaEncoding } from './da-encoding.ts';
import type { EncodingInputs } from './encoding-inputs.ts';
import type { PackedWords } from './packed-words.ts';
import type { StateUpdate } from './state-update.ts';

/** A state difference as it is published. */
export interface EncodedWords {
  readonly encoding: DaEncoding;
  /** What goes into the blobs and the challenge. */
  readonly words: PackedWords;
}

/**
 * The arithmetic of data availability, tens to hundreds of milliseconds a blob. A port: production computes in threads, so
 * that leases are renewed meanwhile; tests and the simulation compute in place. Every method answers, and fails, as the
 * synchronous function of the library that it names.
 */
export interface DaComputer {
  /** `encodeStateDiff`. */
  encode(update: StateUpdate, inputs: EncodingInputs): Promise<EncodedWords>;
  /** `wordsToBlobs`. */
  blobs(words: PackedWords, maxBlobs: number): Promise<readonly Uint8Array[]>;
  /** `wordsHash`, the part of the challenge that takes long. */
  wordsHash(words: PackedWords): Promise<bigint>;
  /** `evaluateWords`. */
  evaluate(words: PackedWords, z: bigint): Promise<bigint[]>;
}
