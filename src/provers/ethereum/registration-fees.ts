/** Fees of a transaction that carries no blobs, in wei per gas. */
export interface OrdinaryFees {
  readonly maxFeePerGas: bigint;
  readonly maxPriorityFeePerGas: bigint;
}

/** Of the first offer. */
const TIP_WEI = 200_000_000n;
/** Raises of one transaction that the market does not ask for. */
const MAX_RAISES = 6;
/** The most that such a raise may offer, as a multiple of what a new transaction would offer now. */
const MAX_MULTIPLE = 5n;
/** Where a new one would offer little, such a raise may offer so much: 100,000 gas are 0.001 ether then. */
const SMALL_OFFER_WEI = 10_000_000_000n;

/** What a new registration offers at that base fee: enough while the base fee doubles. */
export function freshFees(baseFeePerGas: bigint, tip = TIP_WEI): OrdinaryFees {
  return { maxFeePerGas: 2n * baseFeePerGas + tip, maxPriorityFeePerGas: tip };
}

/**
 * What replaces `offered`, which was raised so many times and is not mined; undefined when it is to wait as it is. An
 * offer that the market has left behind follows it always. Any other is raised within limits, its tip twofold each time, since
 * how much of one is asked for shows in no block header: whatever keeps it from being mined then is not its fees.
 */
export function raisedFees(offered: OrdinaryFees, raises: number, baseFeePerGas: bigint): OrdinaryFees | undefined {
  const fresh = freshFees(baseFeePerGas);
  if (fresh.maxFeePerGas > offered.maxFeePerGas) {
    return {
      maxFeePerGas: max(raise(offered.maxFeePerGas), fresh.maxFeePerGas),
      maxPriorityFeePerGas: max(raise(offered.maxPriorityFeePerGas), fresh.maxPriorityFeePerGas),
    };
  }
  const generous = freshFees(baseFeePerGas, 2n * offered.maxPriorityFeePerGas);
  const maxFeePerGas = max(raise(offered.maxFeePerGas), generous.maxFeePerGas);
  const limit = max(MAX_MULTIPLE * fresh.maxFeePerGas, SMALL_OFFER_WEI);
  return raises < MAX_RAISES && maxFeePerGas <= limit ? { ...generous, maxFeePerGas } : undefined;
}

/** Nodes take a replacement that raises both fees by 10 % at least. */
function raise(fee: bigint): bigint {
  return (fee * 5n) / 4n + 1n;
}

function max(a: bigint, b: bigint): bigint {
  return a > b ? a : b;
}
