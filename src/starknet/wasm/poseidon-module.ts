import {
  carried,
  LIMB_BITS,
  LIMB_BYTES,
  limbOfWord,
  loadAll,
  montgomeryFactor,
  pairsOf,
  storeAll,
  sum,
  WORD_BYTES,
} from './limbs.ts';
import {
  add,
  assemble,
  type Code,
  call,
  get,
  i32Add,
  i32Const,
  i64Const,
  load,
  multiply,
  repeat,
  set,
  shiftLeft,
  shiftRight,
  store,
  subtract,
  type WasmFunction,
} from './wasm-assembler.ts';

/*
 * The Hades permutation. A number has nine limbs, below 3 * 2^28, so that a column of a product stays below 2^63. Numbers are
 * in Montgomery form with R = 2^252. The field prime is
 *
 *     2^251 + 17 * 2^192 + 1  =  1 + 2^24 * 2^(28*6) + 2^(28*7) + 2^27 * 2^(28*8)
 *
 * so that reducing takes shifts instead of products, and the factor of each Montgomery step is the negated limb itself.
 */

export const LIMBS = 9;
/** Bytes of a number in memory. */
export const NUMBER_BYTES = LIMB_BYTES * LIMBS;

/** Where things are in memory. */
export const STATE = [0, 1, 2].map((lane) => lane * NUMBER_BYTES);
const [LANE_A = 0, LANE_B = 0, LANE_C = 0] = STATE;
const SCRATCH = 3 * NUMBER_BYTES;
/** R^2, which brings a number into Montgomery form. */
export const R_SQUARED = 4 * NUMBER_BYTES;
export const ONE = 5 * NUMBER_BYTES;
/** Three a round, in Montgomery form; behind them three zeros. */
export const ROUND_CONSTANTS = 1024;
export const WORDS = 65_536;
const MEMORY_PAGES = 2;
/** Words that memory has room for. */
export const WORDS_AT_ONCE = 65_536 / WORD_BYTES;

const FULL_ROUNDS_EACH = 4;
const PARTIAL_ROUNDS = 83;
const BYTES_PER_ROUND = 3 * NUMBER_BYTES;

/** The top limb has one bit less below the prime's leading one. */
const TOP_BITS = LIMB_BITS - 1;

const limbs = Array.from({ length: LIMBS }, (_, index) => index);

/** Indices of the functions. */
const PRODUCT = 0;
const SQUARE = 1;
const ADD_TO = 2;
const MIX = 3;
const FULL_ROUNDS = 4;
const PARTIAL = 5;
const PERMUTE = 6;
const TAKE_WORD = 7;
/** Absorbs so many pairs of the words in memory. */
export const ABSORB = 'f8';
/** Takes lane a out of Montgomery form. */
export const FINISH = 'f9';

export function poseidonModule(): Uint8Array<ArrayBuffer> {
  return assemble(
    [productOf(false), productOf(true), addTo, mix, rounds(true), rounds(false), permute, takeWord, absorb, finish],
    MEMORY_PAGES,
  );
}

/** (destination, x, y) or, squaring, (destination, x): x * y / R, carried, between -P and a few P. */
function productOf(isSquare: boolean): WasmFunction {
  const params = isSquare ? 2 : 3;
  const x = (limb: number) => params + limb;
  const y = (limb: number) => (isSquare ? x(limb) : params + LIMBS + limb);
  const firstColumn = params + (isSquare ? 1 : 2) * LIMBS;
  const column = (index: number) => firstColumn + index;
  const factor = column(2 * LIMBS);
  const times = (i: number, j: number) => multiply(get(x(i)), get(y(j)));
  const addInto = (index: number, value: Code) => set(column(index), add(get(column(index)), value));

  const loads = [...loadAll(get(1), limbs.map(x)), ...(isSquare ? [] : loadAll(get(2), limbs.map(y)))];
  const columns = Array.from({ length: 2 * LIMBS - 1 }, (_, index) => {
    const pairs = pairsOf(index, LIMBS);
    if (!isSquare) return set(column(index), sum(pairs.map(([i, j]) => times(i, j))));
    const twice = pairs.filter(([i, j]) => i < j).map(([i, j]) => times(i, j));
    const once = pairs.filter(([i, j]) => i === j).map(([i, j]) => times(i, j));
    return set(column(index), sum([...(twice.length === 0 ? [] : [shiftLeft(sum(twice), 1)]), ...once]));
  }).flat();
  const reduction = limbs.flatMap((i) => [
    ...set(factor, montgomeryFactor(column(i))),
    ...addInto(i + 1, shiftRight(add(get(column(i)), get(factor)), LIMB_BITS)),
    ...addInto(i + 6, shiftLeft(get(factor), 24)),
    ...addInto(i + 7, get(factor)),
    ...addInto(i + 8, shiftLeft(get(factor), TOP_BITS)),
  ]);
  const result = limbs.map((limb) => column(LIMBS + limb));
  return {
    params,
    locals: factor + 1 - params,
    body: [...loads, ...columns, ...reduction, ...carried(result), ...storeAll(get(0), result)],
  };
}

/** (destination, summand), without carries. */
const addTo: WasmFunction = {
  params: 2,
  locals: 0,
  body: limbs.flatMap((limb) => store(get(0), 8 * limb, add(load(get(0), 8 * limb), load(get(1), 8 * limb)))),
};

/** (constants): the state times [[3, 1, 1], [1, -1, 1], [1, 1, -2]] plus the three constants, carried and about reduced. */
const mix: WasmFunction = (() => {
  const lane = (index: number) => limbs.map((limb) => 1 + index * LIMBS + limb);
  const total = 1 + 3 * LIMBS;
  const top = total + 1;
  const sums = limbs.flatMap((limb) => {
    const [a, b, c] = STATE.map((address) => load(i32Const(address), 8 * limb));
    const [to0 = 0, to1 = 0, to2 = 0] = [0, 1, 2].map((index) => lane(index)[limb]);
    const constant = (index: number) => load(get(0), index * NUMBER_BYTES + 8 * limb);
    const plus = (index: number, value: Code) => add(add(get(total), constant(index)), value);
    return [
      ...set(to0, a ?? []),
      ...set(to1, b ?? []),
      ...set(to2, c ?? []),
      ...set(total, sum([get(to0), get(to1), get(to2)])),
      ...set(to0, plus(0, shiftLeft(get(to0), 1))),
      ...set(to1, plus(1, subtract(i64Const(0), shiftLeft(get(to1), 1)))),
      ...set(to2, plus(2, multiply(get(to2), i64Const(-3)))),
    ];
  });
  const reduced = [0, 1, 2].flatMap((index) => {
    const at = lane(index);
    const take = (limb: number, value: Code) => set(at[limb] ?? 0, subtract(get(at[limb] ?? 0), value));
    return [
      // What is above 2^251, times the prime, is taken off.
      ...set(top, shiftRight(get(at[8] ?? 0), TOP_BITS)),
      ...take(8, shiftLeft(get(top), TOP_BITS)),
      ...take(7, get(top)),
      ...take(6, shiftLeft(get(top), 24)),
      ...take(0, get(top)),
      ...carried(at),
      ...storeAll(i32Const(STATE[index] ?? 0), at),
    ];
  });
  return { params: 1, locals: 3 * LIMBS + 2, body: [...sums, ...reduced] };
})();

/** (rounds, constants of the round after the first). */
function rounds(areFull: boolean): WasmFunction {
  const cube = (lane: number) => [
    ...call(SQUARE, i32Const(SCRATCH), i32Const(lane)),
    ...call(PRODUCT, i32Const(lane), i32Const(SCRATCH), i32Const(lane)),
  ];
  const round = [
    ...(areFull ? [...cube(LANE_A), ...cube(LANE_B)] : []),
    ...cube(LANE_C),
    ...call(MIX, get(1)),
    ...set(1, i32Add(get(1), i32Const(BYTES_PER_ROUND))),
  ];
  return { params: 2, locals: 0, body: repeat(0, round) };
}

const permute: WasmFunction = {
  params: 0,
  locals: 0,
  body: [
    ...STATE.flatMap((lane, index) => call(ADD_TO, i32Const(lane), i32Const(ROUND_CONSTANTS + index * NUMBER_BYTES))),
    ...call(FULL_ROUNDS, i32Const(FULL_ROUNDS_EACH), constantsOf(1)),
    ...call(PARTIAL, i32Const(PARTIAL_ROUNDS), constantsOf(1 + FULL_ROUNDS_EACH)),
    ...call(FULL_ROUNDS, i32Const(FULL_ROUNDS_EACH), constantsOf(1 + FULL_ROUNDS_EACH + PARTIAL_ROUNDS)),
  ],
};

/** (lane, address of a word): adds the word to the lane. */
const takeWord: WasmFunction = {
  params: 2,
  locals: 0,
  body: [
    ...limbs.flatMap((limb) => store(i32Const(SCRATCH), 8 * limb, limbOfWord(get(1), limb))),
    ...call(PRODUCT, i32Const(SCRATCH), i32Const(SCRATCH), i32Const(R_SQUARED)),
    ...call(ADD_TO, get(0), i32Const(SCRATCH)),
  ],
};

/** (pairs, address of the first word) */
const absorb: WasmFunction = {
  params: 2,
  locals: 0,
  body: repeat(0, [
    ...call(TAKE_WORD, i32Const(LANE_A), get(1)),
    ...call(TAKE_WORD, i32Const(LANE_B), i32Add(get(1), i32Const(WORD_BYTES))),
    ...call(PERMUTE),
    ...set(1, i32Add(get(1), i32Const(2 * WORD_BYTES))),
  ]),
};

const finish: WasmFunction = {
  params: 0,
  locals: 0,
  body: call(PRODUCT, i32Const(LANE_A), i32Const(LANE_A), i32Const(ONE)),
};

function constantsOf(round: number): Code {
  return i32Const(ROUND_CONSTANTS + round * BYTES_PER_ROUND);
}
