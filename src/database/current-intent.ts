import type { Intent, IntentVariant } from './intent-store.ts';

/** An intent as it may be stored: while one key signed all of its variants, the intent named it. */
export interface StoredIntent extends Omit<Intent, 'chain' | 'variants'> {
  readonly chain?: string;
  /** `<chain>:<address>` */
  readonly signer?: string;
  readonly variants: readonly (Omit<IntentVariant, 'signer'> & { readonly signer?: string })[];
}

/** The intent in its present form, so that an update that was under way when the program was replaced goes on. */
export function currentIntent({ signer, ...stored }: StoredIntent): Intent {
  if (signer === undefined) return stored as Intent;
  const end = signer.lastIndexOf(':');
  const address = signer.slice(end + 1);
  return {
    ...stored,
    chain: stored.chain ?? signer.slice(0, end),
    variants: stored.variants.map((variant) => ({ ...variant, signer: variant.signer ?? address })),
  };
}
