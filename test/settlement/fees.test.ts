import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { blobBaseFeeOf } from '../../src/settlement/ethereum/blob-base-fee.ts';
import { DEFAULT_FEE_POLICY, quoteFees, replacementFees, worstCaseCost } from '../../src/settlement/ethereum/fees.ts';

const GWEI = 1_000_000_000n;
const wei = fc.bigInt(0n, 10_000n * GWEI);
const market = fc.record({ baseFeePerGas: wei, blobBaseFee: wei });
const fees = fc.record({ maxFeePerGas: wei, maxPriorityFeePerGas: wei, maxFeePerBlobGas: wei });

describe('fees of a first transaction', () => {
  it.each([
    ['1 gwei', GWEI, 1n, { maxFeePerGas: 2_400_000_000n, maxPriorityFeePerGas: 200_000_000n, maxFeePerBlobGas: 2n }],
    [
      '7 wei, rounded up',
      7n,
      3n,
      { maxFeePerGas: 200_000_016n, maxPriorityFeePerGas: 200_000_000n, maxFeePerBlobGas: 6n },
    ],
    ['nothing', 0n, 0n, { maxFeePerGas: 200_000_000n, maxPriorityFeePerGas: 200_000_000n, maxFeePerBlobGas: 1n }],
  ])('at a base fee of %s', (_, baseFeePerGas, blobBaseFee, expected) => {
    expect(quoteFees({ baseFeePerGas, blobBaseFee }, DEFAULT_FEE_POLICY)).toEqual(expected);
  });

  it('cover base fee and tip, and the tip is part of the fee', () => {
    fc.assert(
      fc.property(market, (now) => {
        const quote = quoteFees(now, DEFAULT_FEE_POLICY);
        expect(quote.maxFeePerGas).toBeGreaterThanOrEqual(now.baseFeePerGas + quote.maxPriorityFeePerGas);
        expect(quote.maxFeePerBlobGas).toBeGreaterThanOrEqual(now.blobBaseFee);
        expect(quote.maxFeePerBlobGas).toBeGreaterThan(0n);
      }),
    );
  });
});

describe('fees of a replacement', () => {
  it('are those of 2.1 times, rounded up, where the market stands still', () => {
    const still = { baseFeePerGas: 0n, blobBaseFee: 0n };
    expect(
      replacementFees(
        { maxFeePerGas: 2_400_000_000n, maxPriorityFeePerGas: 200_000_000n, maxFeePerBlobGas: 5n },
        still,
        DEFAULT_FEE_POLICY,
      ),
    ).toEqual({
      maxFeePerGas: 5_040_000_000n,
      maxPriorityFeePerGas: 420_000_000n,
      maxFeePerBlobGas: 11n,
    });
  });

  it('at least double each fee, always rise, and are never below a fresh quote; whatever the policy says', () => {
    fc.assert(
      fc.property(fees, market, fc.bigInt(0n, 400n), (previous, now, replacementPercent) => {
        const policy = { ...DEFAULT_FEE_POLICY, replacementPercent };
        const next = replacementFees(previous, now, policy);
        const quote = quoteFees(now, policy);
        for (const name of ['maxFeePerGas', 'maxPriorityFeePerGas', 'maxFeePerBlobGas'] as const) {
          expect(next[name]).toBeGreaterThanOrEqual(2n * previous[name]);
          expect(next[name]).toBeGreaterThan(previous[name]);
          expect(next[name]).toBeGreaterThanOrEqual(quote[name]);
        }
      }),
    );
  });
});

describe('worst case', () => {
  it('is gas at its cap and 131,072 units a blob at theirs', () => {
    expect(worstCaseCost({ maxFeePerGas: 10n, maxPriorityFeePerGas: 1n, maxFeePerBlobGas: 3n }, 1_000n, 2)).toBe(
      10_000n + 2n * 131_072n * 3n,
    );
  });
});

describe('blob base fee from excess blob gas', () => {
  // fake_exponential of EIP-4844 with factor 1 and the divisor of Cancun, computed with e^(excess/divisor) rounded down where that is exact.
  it.each([
    [0n, 1n],
    [2_314_057n, 1n],
    [2_314_058n, 2n],
    [10n * 1024n * 1024n, 23n],
  ])('%s -> %s wei (test values of go-ethereum)', (excess, expected) => {
    expect(blobBaseFeeOf(excess, 3_338_477n)).toBe(expected);
  });
});
