import { OrchestratorError } from '../../errors/orchestrator-error.ts';
import { isFelt, FELT_PRIME as P } from '../felt.ts';
import { type AffinePoint, addAll, doubleAll, inverse } from './stark-curve.ts';

/*
 * Starknet's Pedersen hash of two felts is the x coordinate of
 *
 *     S + a_low * P1 + a_high * P2 + b_low * P3 + b_high * P4
 *
 * where `low` are a felt's lower 248 bits and `high` the other four. The hash library walks bit by bit, 2 ms a hash; a
 * program needs 15,000, each with the one before as its `b`. Here ten bits of a felt are one addition of a point from a
 * table. What the `a` contribute does not wait for anything, so that all of them are added up side by side and share
 * their inversions; only the `b` are left to the chain. Tests compare with the library.
 */

const SHIFT: AffinePoint = {
  x: 2089986280348253421170679821480865132823066470938446095505822317253594081284n,
  y: 1713931329540660377023406109199410414810705867260802078187082345529207694986n,
};
/** P1 to P4. */
const POINTS: readonly (readonly [AffinePoint, AffinePoint])[] = [
  [
    {
      x: 996781205833008774514500082376783249102396023663454813447423147977397232763n,
      y: 1668503676786377725805489344771023921079126552019160156920634619255970485781n,
    },
    {
      x: 2251563274489750535117886426533222435294046428347329203627021249169616184184n,
      y: 1798716007562728905295480679789526322175868328062420237419143593021674992973n,
    },
  ],
  [
    {
      x: 2138414695194151160943305727036575959195309218611738193261179310511854807447n,
      y: 113410276730064486255102093846540133784865286929052426931474106396135072156n,
    },
    {
      x: 2379962749567351885752724891227938183011949129833673362440656643086021394946n,
      y: 776496453633298175483985398648758586525933812536653089401905292063708816422n,
    },
  ],
];

const WINDOW_BITS = 10;
const WINDOW_VALUES = 2 ** WINDOW_BITS;
const LOW_BITS = 248;
const LOW_MASK = (1n << BigInt(LOW_BITS)) - 1n;
const LOW_WINDOWS = Math.ceil(LOW_BITS / WINDOW_BITS);
/** The last window is that of the high bits. */
const WINDOWS = LOW_WINDOWS + 1;
/** Felts whose share is added up side by side: more save little and take memory. */
const SIDE_BY_SIDE = 512;

/** Entry `WINDOW_VALUES * w + v` is what window `w` of a felt adds when its value is `v` > 0. */
type Table = readonly AffinePoint[];

let tables: readonly Table[] | undefined;

/**
 * Pedersen hash of two felts. The first call computes the tables (about 0.2 s).
 *
 * @throws OrchestratorError FELT_INVALID for a value that is no felt
 */
export function pedersenHash(a: bigint, b: bigint): bigint {
  return pedersenFold([a, b]);
}

/**
 * `pedersen(v[0], pedersen(v[1], ... pedersen(v[n-2], v[n-1])))`; of one value that value.
 *
 * @throws OrchestratorError FELT_INVALID for a value that is no felt, and for no values
 */
export function pedersenFold(values: readonly bigint[]): bigint {
  let hash = values.at(-1);
  if (hash === undefined || !values.every(isFelt))
    throw new OrchestratorError('FELT_INVALID', 'the Pedersen hash takes felts only, and at least one');
  tables ??= POINTS.map(([low, high]) => makeTable(low, high));
  const [first = [], second = []] = tables;
  for (let end = values.length - 1; end > 0; end -= SIDE_BY_SIDE) {
    const starts = startingPoints(values.slice(Math.max(0, end - SIDE_BY_SIDE), end), first);
    for (const start of starts.reverse()) hash = addWindows(start, hash, second);
  }
  return hash;
}

/** `S + a_low * P1 + a_high * P2` for each `a`. */
function startingPoints(values: readonly bigint[], table: Table): AffinePoint[] {
  const digits = values.map(windowsOf);
  const points = values.map(() => SHIFT);
  for (let window = 0; window < WINDOWS; window++) {
    const terms = digits.flatMap((own, index) => {
      const digit = own[window] ?? 0;
      return digit === 0 ? [] : [{ index, term: table[WINDOW_VALUES * window + digit] as AffinePoint }];
    });
    const sums = addAll(terms.map(({ index, term }) => [points[index] as AffinePoint, term]));
    for (const [i, { index }] of terms.entries()) points[index] = sums[i] as AffinePoint;
  }
  return points;
}

/** The x coordinate of `start + b_low * P3 + b_high * P4`, with a single inversion. */
function addWindows(start: AffinePoint, value: bigint, table: Table): bigint {
  let { x, y } = start;
  // Coordinates (x / zz, y / zzz) with zz^3 = zzz^2: one product less for each addition than with z itself. They stay in
  // (-P, P). Equal points would need another formula (h = 0, and so zz = 0), but felts that lead there would tell one
  // base as a multiple of the others.
  let zz = 1n;
  let zzz = 1n;
  for (const [window, digit] of windowsOf(value).entries()) {
    if (digit === 0) continue;
    const term = table[WINDOW_VALUES * window + digit] as AffinePoint;
    const h = (term.x * zz - x) % P;
    const r = (term.y * zzz - y) % P;
    const hh = (h * h) % P;
    const hhh = (h * hh) % P;
    const v = (x * hh) % P;
    x = (r * r - hhh - v - v) % P;
    y = (r * (v - x) - y * hhh) % P;
    zz = (zz * hh) % P;
    zzz = (zzz * hhh) % P;
  }
  const result = (x * inverse(zz)) % P;
  return result < 0n ? result + P : result;
}

/** A felt cut into windows, the lowest first; the last are its high bits. */
function windowsOf(value: bigint): Uint16Array {
  const windows = new Uint16Array(WINDOWS);
  let rest = value & LOW_MASK;
  for (let window = 0; window < LOW_WINDOWS; window += 3) {
    const bits = Number(rest & 0x3fffffffn);
    windows[window] = bits % WINDOW_VALUES;
    windows[window + 1] = (bits >>> WINDOW_BITS) % WINDOW_VALUES;
    // Past the low bits there is nothing to write; the last window is set below.
    windows[window + 2] = bits >>> (2 * WINDOW_BITS);
    rest >>= 30n;
  }
  windows[LOW_WINDOWS] = Number(value >> BigInt(LOW_BITS));
  return windows;
}

/** The multiples of each window's base, value by value and all windows at once so that inversions are shared. */
function makeTable(low: AffinePoint, high: AffinePoint): Table {
  const bases = [low];
  let current = low;
  for (let bit = 1; bit < LOW_BITS; bit++) {
    current = doubleAll([current])[0] as AffinePoint;
    if (bit % WINDOW_BITS === 0) bases.push(current);
  }
  bases.push(high);
  const table = new Array<AffinePoint>(WINDOWS * WINDOW_VALUES).fill(SHIFT);
  let multiples = bases;
  for (let value = 1; value < WINDOW_VALUES; value++) {
    if (value === 2) multiples = doubleAll(bases);
    else if (value > 2) multiples = addAll(multiples.map((point, window) => [point, bases[window] as AffinePoint]));
    for (const [window, point] of multiples.entries()) table[WINDOW_VALUES * window + value] = point;
  }
  return table;
}
