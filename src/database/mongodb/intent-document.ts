import { Long, type ObjectId } from 'mongodb';
import { currentIntent, type StoredIntent } from '../current-intent.ts';
import type { Intent } from '../intent-store.ts';

/** An intent as MongoDB keeps it: its key is `_id`, block numbers and nonces are int64, instants are dates. */
export interface IntentDocument
  extends Omit<StoredIntent, 'key' | 'first_block' | 'last_block' | 'variants' | 'created_at' | 'updated_at'> {
  readonly _id: string;
  readonly first_block: Long | number;
  readonly last_block: Long | number;
  readonly variants: readonly VariantDocument[];
  readonly created_at: Date;
  readonly updated_at: Date;
  readonly recent_writes?: readonly ObjectId[];
}

interface VariantDocument
  extends Omit<StoredIntent['variants'][number], 'nonce' | 'signed_at' | 'sent_at' | 'sent_at_block'> {
  readonly nonce: Long | number;
  readonly signed_at: Date;
  readonly sent_at: Date | null;
  readonly sent_at_block: Long | number | null;
}

/** All fields but the key. */
export function intentFields({ key: _, ...intent }: Intent): Omit<IntentDocument, '_id' | 'recent_writes'> {
  return {
    ...intent,
    first_block: Long.fromNumber(intent.first_block),
    last_block: Long.fromNumber(intent.last_block),
    variants: intent.variants.map((variant) => ({
      ...variant,
      nonce: Long.fromNumber(variant.nonce),
      signed_at: new Date(variant.signed_at),
      sent_at: variant.sent_at === null ? null : new Date(variant.sent_at),
      sent_at_block: variant.sent_at_block === null ? null : Long.fromNumber(variant.sent_at_block),
    })),
    created_at: new Date(intent.created_at),
    updated_at: new Date(intent.updated_at),
  };
}

export function intentOf({ _id: key, recent_writes: _, ...stored }: IntentDocument): Intent {
  return currentIntent({
    ...stored,
    key,
    first_block: Number(stored.first_block),
    last_block: Number(stored.last_block),
    variants: stored.variants.map((variant) => ({
      ...variant,
      nonce: Number(variant.nonce),
      signed_at: variant.signed_at.getTime(),
      sent_at: variant.sent_at === null ? null : variant.sent_at.getTime(),
      sent_at_block: variant.sent_at_block === null ? null : Number(variant.sent_at_block),
    })),
    created_at: stored.created_at.getTime(),
    updated_at: stored.updated_at.getTime(),
  });
}
