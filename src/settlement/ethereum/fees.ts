/**
 * Fee policy of blob transactions: integers only, no I/O. A blob transaction is replaced only by one that offers at
 * least twice of all three fees (the rule of the blob pools of geth, reth and Nethermind), so the first offer is
 * generous and a replacement that would break the cap is held back instead of being sent too cheap.
 */

/** Bytes, and units of blob gas, of one blob (EIP-4844). */
const BLOB_GAS_PER_BLOB = 131_072n;

/** What the next block asks for, in wei. */
export interface FeeMarket {
  readonly baseFeePerGas: bigint;
  readonly blobBaseFee: bigint;
}

/** The three fee fields of a blob transaction, in wei. */
export interface BlobFees {
  readonly maxFeePerGas: bigint;
  readonly maxPriorityFeePerGas: bigint;
  readonly maxFeePerBlobGas: bigint;
}

export interface FeePolicy {
  /** Tip per gas, in wei. */
  readonly priorityFeeWei: bigint;
  /** `maxFeePerGas` = base fee x this + tip. 220: survives six full blocks in a row. */
  readonly baseFeePercent: bigint;
  /** `maxFeePerBlobGas` = blob base fee x this. */
  readonly blobFeePercent: bigint;
  /** Each fee of a replacement against the one it replaces; 200 is the least that nodes take. */
  readonly replacementPercent: bigint;
  /** The most that one transaction may cost, gas and blob gas at their caps. */
  readonly maxFeeWei: bigint;
}

/** The numbers of existing deployments, but twice the blob base fee: the price of the next full blocks is not known yet. */
export const DEFAULT_FEE_POLICY: FeePolicy = {
  priorityFeeWei: 200_000_000n,
  baseFeePercent: 220n,
  blobFeePercent: 200n,
  replacementPercent: 210n,
  maxFeeWei: 10_000_000_000_000_000n,
};

/** Offer for a first transaction. */
export function quoteFees(market: FeeMarket, policy: FeePolicy): BlobFees {
  return {
    maxFeePerGas: percentOf(market.baseFeePerGas, policy.baseFeePercent) + policy.priorityFeeWei,
    maxPriorityFeePerGas: policy.priorityFeeWei,
    maxFeePerBlobGas: max(percentOf(market.blobBaseFee, policy.blobFeePercent), 1n),
  };
}

/** Offer that replaces `previous`: every fee raised by the policy's factor, and no fee below a fresh quote. */
export function replacementFees(previous: BlobFees, market: FeeMarket, policy: FeePolicy): BlobFees {
  const quote = quoteFees(market, policy);
  const raise = (fee: bigint): bigint => max(percentOf(fee, max(policy.replacementPercent, 200n)), fee + 1n);
  return {
    maxFeePerGas: max(raise(previous.maxFeePerGas), quote.maxFeePerGas),
    maxPriorityFeePerGas: max(raise(previous.maxPriorityFeePerGas), quote.maxPriorityFeePerGas),
    maxFeePerBlobGas: max(raise(previous.maxFeePerBlobGas), quote.maxFeePerBlobGas),
  };
}

/** The most that a transaction can cost, in wei; what a node wants to see on the account, and what the cap is held against. */
export function worstCaseCost(fees: BlobFees, gasLimit: bigint, blobs: number): bigint {
  return gasLimit * fees.maxFeePerGas + BigInt(blobs) * BLOB_GAS_PER_BLOB * fees.maxFeePerBlobGas;
}

/** Rounded up. */
function percentOf(value: bigint, percent: bigint): bigint {
  return (value * percent + 99n) / 100n;
}

function max(a: bigint, b: bigint): bigint {
  return a > b ? a : b;
}
