import { BLS_SCALAR_MODULUS } from '../bls-scalar.ts';
import {
  carried,
  LIMB_BITS,
  LIMB_BYTES,
  limbOfWord,
  limbsOf,
  loadAll,
  montgomeryFactor,
  pairsOf,
  storeAll,
  sum,
  WORD_BYTES,
} from './limbs.ts';
import {
  add,
  and,
  assemble,
  type Code,
  call,
  get,
  i32Add,
  i32Const,
  i64Const,
  multiply,
  or,
  repeat,
  set,
  shiftLeft,
  shiftRight,
  shiftRightUnsigned,
  store,
  subtract,
  type WasmFunction,
} from './wasm-assembler.ts';

/*
 * Butterflies over the scalar field of BLS12-381. A number has ten limbs, so that R = 2^280 leaves room for sums that are
 * not reduced: a stage adds one bit, twelve stages twelve bits to 255. Numbers are as they are, twiddle factors in
 * Montgomery form, so that a product of the two, divided by R, is again a number as it is: between -2^244 and r + 2^244.
 * A column of a product has at most 19 products of limbs below 2^28 and stays below 2^61. The lowest limb of r is 1, so
 * that the factor of each Montgomery step is the negated limb itself.
 */

export const LIMBS = 10;
/** Bytes of a number in memory. */
export const NUMBER_BYTES = LIMB_BYTES * LIMBS;

/** Elements of a transform. */
export const SIZE = 4096;

/* Where things are in memory. */
/** One in Montgomery form: R modulo r. */
export const ONE = 0;
const SCRATCH = NUMBER_BYTES;
/** 1/4096 in Montgomery form. */
export const INVERSE_OF_SIZE = 2 * NUMBER_BYTES;
/** Powers 0 to 2048 of the root of unity, in Montgomery form. */
export const POWERS = 1024;
export const NUMBERS = POWERS + (SIZE / 2 + 1) * NUMBER_BYTES;
/** The elements as words, the last one first. */
export const WORDS = NUMBERS + SIZE * NUMBER_BYTES;
const MEMORY_PAGES = Math.ceil((WORDS + SIZE * WORD_BYTES) / 65_536);

/** R of the Montgomery form. */
export const MONTGOMERY = 1n << BigInt(LIMBS * LIMB_BITS);

const limbs = Array.from({ length: LIMBS }, (_, index) => index);
const modulus = limbsOf(BLS_SCALAR_MODULUS, LIMBS).map((limb) => i64Const(Number(limb)));
const modulusLimb = (limb: number): Code => modulus[limb] ?? [];

/** Indices of the functions. */
const PRODUCT = 0;
const SPLIT = 1;
const JOIN = 2;
/** (destination, x, y): x * y / R. */
export const MULTIPLY = 'f0';
/** (count, number, word): makes numbers of words. */
export const TAKE = 'f3';
/** (count, number, word, factor): makes words, below r, of numbers times a factor in Montgomery form. */
export const GIVE = 'f4';
/** (count, low, high, power, step): butterflies of the forward transform: u + v and (u - v) * power. */
export const SPLIT_ALL = 'f5';
/** (count, low, high, power, step): those of the inverse, with the negated power: u - v * power and u + v * power. */
export const JOIN_ALL = 'f6';

export function nttModule(): Uint8Array<ArrayBuffer> {
  return assemble([product, split, join, take, give, all(SPLIT), all(JOIN)], MEMORY_PAGES);
}

const product: WasmFunction = (() => {
  const x = (limb: number) => 3 + limb;
  const y = (limb: number) => 3 + LIMBS + limb;
  const column = (index: number) => 3 + 2 * LIMBS + index;
  const factor = column(2 * LIMBS);
  const columns = Array.from({ length: 2 * LIMBS - 1 }, (_, index) => {
    const pairs = pairsOf(index, LIMBS);
    return set(column(index), sum(pairs.map(([i, j]) => multiply(get(x(i)), get(y(j))))));
  }).flat();
  const reduction = limbs.flatMap((i) => [
    ...set(factor, montgomeryFactor(column(i))),
    ...limbs.slice(1).flatMap((j) => {
      const summand = multiply(get(factor), modulusLimb(j));
      const carry = shiftRight(add(get(column(i)), get(factor)), LIMB_BITS);
      return set(column(i + j), sum([get(column(i + j)), summand, ...(j === 1 ? [carry] : [])]));
    }),
  ]);
  const result = limbs.map((limb) => column(LIMBS + limb));
  return {
    params: 3,
    locals: factor + 1 - 3,
    body: [
      ...loadAll(get(1), limbs.map(x)),
      ...loadAll(get(2), limbs.map(y)),
      ...columns,
      ...reduction,
      ...carried(result),
      ...storeAll(get(0), result),
    ],
  };
})();

/** (low, high, power) */
const split: WasmFunction = (() => {
  const { u, v, total, difference, locals } = pair();
  return {
    params: 3,
    locals,
    body: [
      ...loadAll(get(0), u),
      ...loadAll(get(1), v),
      ...total,
      ...difference,
      ...carried(u),
      ...storeAll(get(0), u),
      ...storeAll(i32Const(SCRATCH), v),
      ...call(PRODUCT, get(1), i32Const(SCRATCH), get(2)),
    ],
  };
})();

/** (low, high, negated power) */
const join: WasmFunction = (() => {
  const { u, v, total, difference, locals } = pair();
  return {
    params: 3,
    locals,
    body: [
      ...call(PRODUCT, i32Const(SCRATCH), get(1), get(2)),
      ...loadAll(get(0), u),
      ...loadAll(i32Const(SCRATCH), v),
      ...total,
      ...difference,
      ...carried(u),
      ...storeAll(get(1), u),
      ...carried(v),
      ...storeAll(get(0), v),
    ],
  };
})();

/** Locals of two numbers u and v; `total` makes u their sum, `difference` after it makes v what u - v was. */
function pair(): { u: number[]; v: number[]; total: Code; difference: Code; locals: number } {
  const u = limbs.map((limb) => 3 + limb);
  const v = limbs.map((limb) => 3 + LIMBS + limb);
  const each = (make: (a: number, b: number) => Code) => limbs.flatMap((limb) => make(u[limb] ?? 0, v[limb] ?? 0));
  return {
    u,
    v,
    total: each((a, b) => set(a, add(get(a), get(b)))),
    difference: each((a, b) => set(b, subtract(get(a), shiftLeft(get(b), 1)))),
    locals: 2 * LIMBS,
  };
}

/** (count, number, word): numbers follow each other upwards, words downwards. */
const take: WasmFunction = {
  params: 3,
  locals: 0,
  body: repeat(0, [
    ...limbs.flatMap((limb) => store(get(1), LIMB_BYTES * limb, limbOfWord(get(2), limb))),
    ...moved(1, NUMBER_BYTES),
    ...moved(2, -WORD_BYTES),
  ]),
};

/** (count, number, word, factor) */
const give: WasmFunction = (() => {
  const at = limbs.map((limb) => 4 + limb);
  const sign = 4 + LIMBS;
  const addModulusToNegative = [
    ...set(sign, shiftRight(get(at[LIMBS - 1] ?? 0), 63)),
    ...at.flatMap((local, limb) => set(local, add(get(local), and(modulusLimb(limb), get(sign))))),
    ...carried(at),
  ];
  return {
    params: 4,
    locals: LIMBS + 1,
    body: repeat(0, [
      ...call(PRODUCT, i32Const(SCRATCH), get(1), get(3)),
      ...loadAll(i32Const(SCRATCH), at),
      ...addModulusToNegative,
      ...at.flatMap((local, limb) => set(local, subtract(get(local), modulusLimb(limb)))),
      ...carried(at),
      ...addModulusToNegative,
      ...[0, 1, 2, 3].flatMap((part) => store(get(2), 8 * part, partOfWord(at, 64 * part))),
      ...moved(1, NUMBER_BYTES),
      ...moved(2, -WORD_BYTES),
    ]),
  };
})();

/** (count, low, high, power, step): one butterfly after the other; the power moves by so many bytes. */
function all(butterfly: number): WasmFunction {
  const body = [
    ...call(butterfly, get(1), get(2), get(3)),
    ...moved(1, NUMBER_BYTES),
    ...moved(2, NUMBER_BYTES),
    ...set(3, i32Add(get(3), get(4))),
  ];
  return { params: 5, locals: 0, body: repeat(0, body) };
}

function moved(address: number, bytes: number): Code {
  return set(address, i32Add(get(address), i32Const(bytes)));
}

/** 64 bits, from this bit on, of a number whose limbs are in `[0, 2^28)`. */
function partOfWord(locals: readonly number[], bit: number): Code {
  const parts = locals.flatMap((local, limb) => {
    const shift = limb * LIMB_BITS - bit;
    if (shift <= -LIMB_BITS || shift >= 64) return [];
    return [shift >= 0 ? shiftLeft(get(local), shift) : shiftRightUnsigned(get(local), -shift)];
  });
  return parts.reduce((all, part) => or(all, part));
}
