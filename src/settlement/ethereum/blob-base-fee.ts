/**
 * Price of blob gas that follows from a header's excess blob gas (EIP-4844, `fake_exponential`), for nodes that do not
 * tell it. The divisor is a fork's; that of Prague (EIP-7691) errs on the high side on every later one.
 */
export function blobBaseFeeOf(excessBlobGas: bigint, updateFraction = PRAGUE_UPDATE_FRACTION): bigint {
  let sum = 0n;
  let term = updateFraction;
  for (let i = 1n; term > 0n; i++) {
    sum += term;
    term = (term * excessBlobGas) / (updateFraction * i);
  }
  return sum / updateFraction;
}

const PRAGUE_UPDATE_FRACTION = 5_007_716n;
