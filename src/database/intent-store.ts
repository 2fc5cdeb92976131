/**
 * External effects, written down before they are made. A record is created once by its key and from then on changed by
 * compare-and-set only, so that two workers can never sign two different transactions for the same block.
 */
export interface IntentStore {
  /** Stores the intent unless its key exists; answers the stored one and whether it is ours. */
  putIfAbsent(intent: Intent): Promise<{ readonly created: boolean; readonly intent: Intent }>;
  get(key: string): Promise<Intent | undefined>;
  /** Replaces the intent when the stored version is `intent.version - 1`; false otherwise. */
  replace(intent: Intent): Promise<boolean>;
  /** Intents in key order whose `first_block` is in the range. */
  list(range: { readonly first: number; readonly last: number }): Promise<Intent[]>;
}

export interface Intent {
  /** `<job id>:<first block>:<kind>` */
  readonly key: string;
  readonly job_id: string;
  readonly first_block: number;
  readonly last_block: number;
  readonly kind: 'state-update';
  /** Settlement layer, `ethereum:<chain id>`. */
  readonly chain: string;
  /** Core contract, lower case hex. */
  readonly to: string;
  readonly state: 'signed' | 'broadcast' | 'mined' | 'confirmed' | 'reverted' | 'held';
  /** Newest last. */
  readonly variants: readonly IntentVariant[];
  /** Why it is held, when it is. */
  readonly hold_reason: string | null;
  readonly created_at: number;
  readonly updated_at: number;
  readonly version: number;
}

/** One signed form of the transaction. */
export interface IntentVariant {
  readonly hash: string;
  /** Address of the account, lower case hex. Another than that of the variant before where the key was changed between them. */
  readonly signer: string;
  /** Of that account. */
  readonly nonce: number;
  /** Object that holds the raw network bytes (blob wrapper included). */
  readonly raw_path: string;
  readonly raw_sha256: string;
  /** Wei, decimal strings. */
  readonly max_fee_per_gas: string;
  readonly max_priority_fee_per_gas: string;
  readonly max_fee_per_blob_gas: string;
  readonly gas_limit: string;
  readonly signed_at: number;
  readonly sent_at: number | null;
  /** Head of the settlement layer when it was first sent. */
  readonly sent_at_block: number | null;
  readonly error: string | null;
}
