import { OrchestratorError } from '../../errors/orchestrator-error.ts';
import { isFelt, FELT_PRIME as P } from '../felt.ts';
import { ROUND_CONSTANTS as CONSTANTS } from '../poseidon.ts';
import { instantiate } from './instantiate.ts';
import { LIMB_BITS, LIMB_BYTES, limbsOf, WORD_BYTES } from './limbs.ts';
import {
  ABSORB,
  FINISH,
  LIMBS,
  NUMBER_BYTES,
  ONE,
  poseidonModule,
  R_SQUARED,
  ROUND_CONSTANTS,
  STATE,
  WORDS,
  WORDS_AT_ONCE,
} from './poseidon-module.ts';

const R = 1n << BigInt(LIMBS * LIMB_BITS);

interface Machine {
  readonly view: DataView;
  absorb(pairs: number, address: number): void;
  finish(): void;
}

let machine: Machine | undefined;

/**
 * `poseidonHashMany` in WebAssembly: about eight times as fast, which counts for the thousands of words of a blob.
 *
 * @throws OrchestratorError WORDS_INVALID for a value that is no felt
 */
export function poseidonHashManyFast(values: readonly bigint[]): bigint {
  const bad = values.findIndex((value) => !isFelt(value));
  if (bad >= 0)
    throw new OrchestratorError('WORDS_INVALID', `word ${bad} is not below the field prime`, {
      context: { index: bad },
    });
  machine ??= start();
  const { view } = machine;
  for (const lane of STATE) writeNumber(view, lane, 0n);
  const padded = [...values, 1n, ...(values.length % 2 === 0 ? [0n] : [])];
  for (let start = 0; start < padded.length; start += WORDS_AT_ONCE) {
    const part = padded.slice(start, start + WORDS_AT_ONCE);
    part.forEach((word, index) => {
      writeWord(view, WORDS + index * WORD_BYTES, word);
    });
    machine.absorb(part.length / 2, WORDS);
  }
  machine.finish();
  const result = readNumber(view, STATE[0] ?? 0) % P;
  return result < 0n ? result + P : result;
}

function start(): Machine {
  const instance = instantiate(poseidonModule());
  const view = new DataView(instance.memory);
  writeNumber(view, ONE, 1n);
  writeNumber(view, R_SQUARED, (R * R) % P);
  CONSTANTS.forEach((constant, index) => {
    writeNumber(view, ROUND_CONSTANTS + index * NUMBER_BYTES, (constant * R) % P);
  });
  return { view, absorb: instance.function(ABSORB), finish: instance.function(FINISH) };
}

function writeNumber(view: DataView, address: number, value: bigint): void {
  limbsOf(value, LIMBS).forEach((limb, index) => {
    view.setBigInt64(address + LIMB_BYTES * index, limb, true);
  });
}

function readNumber(view: DataView, address: number): bigint {
  let value = 0n;
  for (let limb = LIMBS - 1; limb >= 0; limb--)
    value = (value << BigInt(LIMB_BITS)) + view.getBigInt64(address + LIMB_BYTES * limb, true);
  return value;
}

function writeWord(view: DataView, address: number, value: bigint): void {
  for (let part = 0; part < WORD_BYTES / 8; part++)
    view.setBigUint64(address + 8 * part, BigInt.asUintN(64, value >> BigInt(64 * part)), true);
}
