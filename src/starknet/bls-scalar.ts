/** Order of the BLS12-381 scalar field: blob elements, the challenge and the evaluations are integers below it. */
export const BLS_SCALAR_MODULUS = 52435875175126190479447740508185965837690552500527637822603658699938581184513n;

/** `base^exponent` modulo {@link BLS_SCALAR_MODULUS}. */
export function scalarPower(base: bigint, exponent: bigint): bigint {
  let result = 1n;
  let square = base % BLS_SCALAR_MODULUS;
  for (let rest = exponent; rest > 0n; rest >>= 1n) {
    if ((rest & 1n) === 1n) result = (result * square) % BLS_SCALAR_MODULUS;
    square = (square * square) % BLS_SCALAR_MODULUS;
  }
  return result;
}

/** Multiplicative inverse modulo {@link BLS_SCALAR_MODULUS} (Fermat). */
export function scalarInverse(value: bigint): bigint {
  return scalarPower(value, BLS_SCALAR_MODULUS - 2n);
}
