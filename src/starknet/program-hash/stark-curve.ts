import { OrchestratorError } from '../../errors/orchestrator-error.ts';
import { FELT_PRIME as P } from '../felt.ts';

/** Point of the Stark curve y^2 = x^3 + x + b over Starknet's field, other than the neutral one. */
export interface AffinePoint {
  readonly x: bigint;
  readonly y: bigint;
}

/**
 * Inverse modulo the field prime by Euclid's algorithm; `value` in `(-P, P)`.
 *
 * @throws OrchestratorError FELT_INVALID for 0
 */
export function inverse(value: bigint): bigint {
  if (value === 0n) throw new OrchestratorError('FELT_INVALID', '0 has no inverse');
  let a = P;
  let b = value;
  let x = 0n;
  let y = 1n;
  while (b !== 0n) {
    const quotient = a / b;
    const rest = a - quotient * b;
    a = b;
    b = rest;
    const next = x - quotient * y;
    x = y;
    y = next;
  }
  // The last divisor is 1, or -1 for a negative value.
  return modulo(a * x);
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
