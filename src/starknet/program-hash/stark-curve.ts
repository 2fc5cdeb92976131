import { OrchestratorError } from '../../errors/orchestrator-error.ts';
import { FELT_PRIME as P } from '../felt.ts';

/** Point of the Stark curve y^2 = x^3 + x + b over Starknet's field, other than the neutral one. */
export interface AffinePoint {
  readonly x: bigint;
  readonly y: bigint;
}

/** Leading bits on which steps of Euclid's algorithm are tried; products with the coefficients stay exact in a double. */
const LEADING_BITS = 50;

/**
 * Inverse modulo the field prime; `value` in `(-P, P)`.
 *
 * Euclid's algorithm takes some 150 divisions of long integers. Lehmer's variant tries the steps on the leading bits, in
 * ordinary numbers, as long as these determine the quotients (Knuth, 4.5.2, algorithm L), and then does about 25 bits'
 * worth of steps at once.
 *
 * @throws OrchestratorError FELT_INVALID for 0
 */
export function inverse(value: bigint): bigint {
  if (value === 0n) throw new OrchestratorError('FELT_INVALID', '0 has no inverse');
  let a = P;
  let b = value < 0n ? value + P : value;
  // a = u * value and b = v * value, modulo P.
  let u = 0n;
  let v = 1n;
  while (b !== 0n) {
    const shift = BigInt(Math.max(0, Math.floor(Math.log2(Number(a))) + 1 - LEADING_BITS));
    let x = Number(a >> shift);
    let y = Number(b >> shift);
    let [ax, ay, bx, by] = [1, 0, 0, 1];
    while (y + bx !== 0 && y + by !== 0) {
      const quotient = Math.floor((x + ax) / (y + bx));
      if (quotient !== Math.floor((x + ay) / (y + by))) break;
      [ax, bx] = [bx, ax - quotient * bx];
      [ay, by] = [by, ay - quotient * by];
      [x, y] = [y, x - quotient * y];
    }
    if (ay === 0) {
      const quotient = a / b;
      [a, b] = [b, a - quotient * b];
      [u, v] = [v, u - quotient * v];
    } else {
      const [aa, ab, ba, bb] = [BigInt(ax), BigInt(ay), BigInt(bx), BigInt(by)];
      [a, b] = [aa * a + ab * b, ba * a + bb * b];
      [u, v] = [aa * u + ab * v, ba * u + bb * v];
    }
  }
  return modulo(u);
}

/** Inverses of many values for the price of one inversion and three products each (Montgomery). */
export function inverses(values: readonly bigint[]): bigint[] {
  const products = [1n];
  for (const value of values) products.push(((products.at(-1) ?? 1n) * value) % P);
  let rest = inverse(products.at(-1) ?? 1n);
  const result = new Array<bigint>(values.length);
  for (let i = values.length - 1; i >= 0; i--) {
    result[i] = (rest * (products[i] as bigint)) % P;
    rest = (rest * (values[i] as bigint)) % P;
  }
  return result;
}

/** Twice each point. */
export function doubleAll(points: readonly AffinePoint[]): AffinePoint[] {
  const slopes = inverses(points.map(({ y }) => 2n * y));
  return points.map((point, i) => third(point, point, ((3n * point.x * point.x + 1n) * (slopes[i] as bigint)) % P));
}

/** Sum of each pair; FELT_INVALID when the two points of a pair have the same x. */
export function addAll(pairs: readonly (readonly [AffinePoint, AffinePoint])[]): AffinePoint[] {
  const slopes = inverses(pairs.map(([a, b]) => b.x - a.x));
  return pairs.map(([a, b], i) => third(a, b, modulo((b.y - a.y) * (slopes[i] as bigint))));
}

/** The sum of two points on a line of this slope. */
function third(a: AffinePoint, b: AffinePoint, slope: bigint): AffinePoint {
  const x = modulo(slope * slope - a.x - b.x);
  return { x, y: modulo(slope * (a.x - x) - a.y) };
}

function modulo(value: bigint): bigint {
  const rest = value % P;
  return rest < 0n ? rest + P : rest;
}
