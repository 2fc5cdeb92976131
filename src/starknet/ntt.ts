import { BLS_SCALAR_MODULUS as R, scalarInverse, scalarPower } from './bls-scalar.ts';

/** Number of points of the transform: field elements in a blob. */
export const NTT_SIZE = 4096;

/** Primitive 4096th root of unity of EIP-4844: 7^((r - 1) / 4096). */
export const NTT_ROOT = 39033254847818212395286706435128746857159659164139250548781411570340225835782n;

/*
 * Sums and differences stay unreduced: a stage adds at most one bit, so twelve stages add twelve bits to 255-bit
 * operands, which costs less than a comparison per butterfly. Only products are reduced, and everything once at the end.
 */

/**
 * Values of the polynomial with these 4096 coefficients at the powers of {@link NTT_ROOT}, in bit-reversed order, in
 * which a blob holds them (EIP-4844). Coefficients must be in `[0, r)`.
 */
export function evaluate(coefficients: readonly bigint[]): bigint[] {
  const a = coefficients.slice();
  const twiddles = powersOfRoot();
  for (let half = NTT_SIZE / 2, stride = 1; half >= 1; half /= 2, stride *= 2) {
    for (let start = 0; start < NTT_SIZE; start += 2 * half) {
      for (let j = 0, low = start, high = start + half; j < half; j++, low++, high++) {
        const u = a[low] as bigint;
        const v = a[high] as bigint;
        a[low] = u + v;
        a[high] = j === 0 ? u - v : ((u - v) * (twiddles[j * stride] as bigint)) % R;
      }
    }
  }
  return a.map(canonical);
}

/** Inverse of {@link evaluate}: coefficients of the polynomial that has these values, given in bit-reversed order. */
export function interpolate(values: readonly bigint[]): bigint[] {
  const a = values.slice();
  const twiddles = powersOfInverseRoot();
  for (let half = 1, stride = NTT_SIZE / 2; half < NTT_SIZE; half *= 2, stride /= 2) {
    for (let start = 0; start < NTT_SIZE; start += 2 * half) {
      for (let j = 0, low = start, high = start + half; j < half; j++, low++, high++) {
        const u = a[low] as bigint;
        const v = j === 0 ? (a[high] as bigint) : ((a[high] as bigint) * (twiddles[j * stride] as bigint)) % R;
        a[low] = u + v;
        a[high] = u - v;
      }
    }
  }
  return a.map((value) => canonical(value * INVERSE_OF_SIZE));
}

const INVERSE_OF_SIZE = scalarInverse(BigInt(NTT_SIZE));

const powersOfRoot = lazily(() => powers(NTT_ROOT));
const powersOfInverseRoot = lazily(() => powers(scalarPower(NTT_ROOT, BigInt(NTT_SIZE - 1))));

function powers(root: bigint): bigint[] {
  const result = [1n];
  for (let i = 1, power = root; i < NTT_SIZE / 2; i++, power = (power * root) % R) result.push(power);
  return result;
}

function canonical(value: bigint): bigint {
  const rest = value % R;
  return rest < 0n ? rest + R : rest;
}

function lazily<T>(make: () => T): () => T {
  let made: T | undefined;
  return () => {
    made ??= make();
    return made;
  };
}
