import type { Intent, IntentVariant } from '../../database/intent-store.ts';
import type { StateUpdateAttempt, StateUpdateMetadata } from '../job.ts';

export type TransactionFields = Pick<StateUpdateMetadata, 'tx_hash' | 'tx_nonce' | 'tx_attempts' | 'included_at_block'>;

/** Where a transaction is on the settlement layer; `final` once it is deep enough. */
export interface Mined {
  readonly txHash: string;
  readonly block: number;
  readonly final: boolean;
}

/** What a job document says about its transaction, from the persisted intent. */
export function transactionFields(intent: Intent, mined?: Mined): TransactionFields {
  const newest = intent.variants.at(-1);
  const minedVariant = intent.variants.find(({ hash }) => hash === mined?.txHash);
  const current = minedVariant ?? newest;
  return {
    tx_hash: mined?.txHash ?? newest?.hash ?? null,
    tx_nonce: current?.nonce ?? null,
    tx_attempts: intent.variants.map((variant, i) => attempt(variant, i, intent, current, mined)),
    included_at_block: mined?.block ?? null,
  };
}

function attempt(
  variant: IntentVariant,
  index: number,
  intent: Intent,
  current: IntentVariant | undefined,
  mined: Mined | undefined,
): StateUpdateAttempt {
  return {
    attempt_no: index + 1,
    tx_hash: variant.hash,
    nonce: variant.nonce,
    gas_multiplier: multiplier(variant, intent.variants[0] ?? variant),
    status: statusOf(variant, current, mined),
    error: variant.error,
  };
}

function statusOf(
  variant: IntentVariant,
  current: IntentVariant | undefined,
  mined: Mined | undefined,
): StateUpdateAttempt['status'] {
  if (variant !== current) return 'Replaced';
  if (mined) return mined.final ? 'Finalized' : 'Pending';
  return variant.error === null ? 'Pending' : 'SubmissionFailed';
}

/** How much more a variant offers than the first one, two decimals: `1.10`. */
function multiplier(variant: IntentVariant, first: IntentVariant): string {
  const base = BigInt(first.max_fee_per_gas);
  const hundredths = base === 0n ? 100n : (BigInt(variant.max_fee_per_gas) * 100n) / base;
  return `${hundredths / 100n}.${(hundredths % 100n).toString().padStart(2, '0')}`;
}
