import {
  add,
  and,
  type Code,
  get,
  i64Const,
  load,
  or,
  set,
  shiftLeft,
  shiftRight,
  shiftRightUnsigned,
  store,
  subtract,
} from './wasm-assembler.ts';

/*
 * Numbers of many limbs of 28 bits, lowest first, each in a 64-bit integer with sign, so that sums and differences need no
 * carries, and the products of two numbers none before they are summed.
 */

export const LIMB_BITS = 28;
/** Bytes of a limb in memory. */
export const LIMB_BYTES = 8;
/** A word outside of the arithmetic: 32 bytes, lowest first. */
export const WORD_BYTES = 32;
const MASK = i64Const(2 ** LIMB_BITS - 1);

/** Limbs of a number, the sign in the top one. */
export function limbsOf(value: bigint, count: number): bigint[] {
  return Array.from({ length: count }, (_, limb) => {
    const from = value >> BigInt(limb * LIMB_BITS);
    return limb === count - 1 ? from : BigInt.asUintN(LIMB_BITS, from);
  });
}

/** Limbs, but for the top one, brought into `[0, 2^28)`. */
export function carried(locals: readonly number[]): Code {
  return locals.slice(0, -1).flatMap((local, index) => {
    const next = locals[index + 1] ?? 0;
    return [...set(next, add(get(next), shiftRight(get(local), LIMB_BITS))), ...set(local, and(get(local), MASK))];
  });
}

export function loadAll(address: Code, locals: readonly number[]): Code {
  return locals.flatMap((local, limb) => set(local, load(address, LIMB_BYTES * limb)));
}

export function storeAll(address: Code, locals: readonly number[]): Code {
  return locals.flatMap((local, limb) => store(address, LIMB_BYTES * limb, get(local)));
}

/** The limb of the word at this address. */
export function limbOfWord(address: Code, limb: number): Code {
  const bit = limb * LIMB_BITS;
  const offset = 8 * Math.floor(bit / 64);
  const shift = bit % 64;
  const low = shiftRightUnsigned(load(address, offset), shift);
  const isWhole = shift <= 64 - LIMB_BITS || offset + 8 === WORD_BYTES;
  return and(isWhole ? low : or(low, shiftLeft(load(address, offset + 8), 64 - shift)), MASK);
}

/** Index pairs of the limbs, of two numbers of so many, whose products make up this column of their product. */
export function pairsOf(column: number, limbs: number): (readonly [number, number])[] {
  const first = Math.max(0, column - limbs + 1);
  return Array.from({ length: Math.min(column, limbs - 1) - first + 1 }, (_, k) => [first + k, column - first - k]);
}

/** Factor of a Montgomery step for a modulus whose lowest limb is 1: the column's limb, negated. */
export function montgomeryFactor(column: number): Code {
  return and(subtract(i64Const(0), get(column)), MASK);
}

/** Sum without carries. */
export function sum(values: readonly Code[]): Code {
  return values.reduce((total, value) => add(total, value));
}
