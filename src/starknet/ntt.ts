import { BLS_SCALAR_MODULUS as R, scalarInverse } from './bls-scalar.ts';
import { instantiate } from './wasm/instantiate.ts';
import { LIMB_BYTES, limbsOf, WORD_BYTES } from './wasm/limbs.ts';
import {
  GIVE,
  INVERSE_OF_SIZE,
  JOIN_ALL,
  LIMBS,
  MONTGOMERY,
  MULTIPLY,
  NUMBER_BYTES,
  NUMBERS,
  nttModule,
  ONE,
  POWERS,
  SIZE,
  SPLIT_ALL,
  TAKE,
  WORDS,
} from './wasm/ntt-module.ts';

/** Number of points of the transform: field elements in a blob. */
export const NTT_SIZE = SIZE;

/** Primitive 4096th root of unity of EIP-4844: 7^((r - 1) / 4096). */
export const NTT_ROOT = 39033254847818212395286706435128746857159659164139250548781411570340225835782n;

const HALF = SIZE / 2;
const LAST_WORD = WORDS + (SIZE - 1) * WORD_BYTES;

type Butterflies = (count: number, low: number, high: number, power: number, step: number) => void;

interface Machine {
  /** Elements of 32 bytes, lowest first, the last one first. */
  readonly words: Uint8Array;
  readonly take: () => void;
  readonly give: (factor: number) => void;
  readonly split: Butterflies;
  readonly join: Butterflies;
}

let started: Machine | undefined;

/**
 * Values of the polynomial with these 4096 coefficients at the powers of {@link NTT_ROOT}, in bit-reversed order, in
 * which a blob holds them (EIP-4844).
 *
 * @param coefficients below the order of the scalar field, 32 bytes each, big-endian
 * @returns the values, in the same form
 */
export function evaluate(coefficients: Uint8Array): Uint8Array<ArrayBuffer> {
  return transformed(coefficients, ONE, ({ split }) => {
    for (let half = HALF, stride = 1; half >= 1; half /= 2, stride *= 2) stage(split, half, POWERS, stride);
  });
}

/** Inverse of {@link evaluate}: the coefficients of the polynomial that has these values. */
export function interpolate(values: Uint8Array): Uint8Array<ArrayBuffer> {
  // The inverse of power k is the negated power 2048 - k.
  const last = POWERS + HALF * NUMBER_BYTES;
  return transformed(values, INVERSE_OF_SIZE, ({ join }) => {
    for (let half = 1, stride = HALF; half <= HALF; half *= 2, stride /= 2) stage(join, half, last, -stride);
  });
}

/** `factor`: where the number is by which everything is multiplied in the end. */
function transformed(
  elements: Uint8Array,
  factor: number,
  stages: (machine: Machine) => void,
): Uint8Array<ArrayBuffer> {
  started ??= start();
  const { words, take, give } = started;
  words.set(elements);
  words.reverse();
  take();
  stages(started);
  give(factor);
  return words.slice().reverse();
}

/** Butterflies of elements that are `half` apart, with every `stride`-th power from the one at `power` on. */
function stage(butterflies: Butterflies, half: number, power: number, stride: number): void {
  for (let first = 0; first < SIZE; first += 2 * half)
    butterflies(half, numberAt(first), numberAt(first + half), power, stride * NUMBER_BYTES);
}

function numberAt(index: number): number {
  return NUMBERS + index * NUMBER_BYTES;
}

function start(): Machine {
  const instance = instantiate(nttModule());
  const view = new DataView(instance.memory);
  const write = (address: number, value: bigint) =>
    limbsOf((value * MONTGOMERY) % R, LIMBS).forEach((limb, index) => {
      view.setBigInt64(address + LIMB_BYTES * index, limb, true);
    });
  write(ONE, 1n);
  write(INVERSE_OF_SIZE, scalarInverse(BigInt(SIZE)));
  write(POWERS, 1n);
  write(POWERS + NUMBER_BYTES, NTT_ROOT);
  const multiply = instance.function(MULTIPLY);
  for (let power = 2; power <= HALF; power++) {
    const address = POWERS + power * NUMBER_BYTES;
    multiply(address, address - NUMBER_BYTES, POWERS + NUMBER_BYTES);
  }
  const [take, give] = [instance.function(TAKE), instance.function(GIVE)];
  return {
    words: new Uint8Array(instance.memory, WORDS, SIZE * WORD_BYTES),
    take: () => take(SIZE, NUMBERS, LAST_WORD),
    give: (factor) => give(SIZE, NUMBERS, LAST_WORD, factor),
    split: instance.function(SPLIT_ALL),
    join: instance.function(JOIN_ALL),
  };
}
