/** Named locks with an owner, an expiry that the acquire itself honours, and a fencing number. */
export interface LockStore {
  /** Takes the lock when it is free, expired, or already the owner's (which renews it); undefined when another holds it. */
  acquire(key: string, owner: string, ttlMs: number): Promise<{ readonly token: number } | undefined>;
  /** Gives the lock up; false when it was not the owner's any more. */
  release(key: string, owner: string): Promise<boolean>;
  /**
   * Removes claims of alerts (`CLAIM_PREFIXES`), and no other lock, that were given up or expired before the instant
   * (milliseconds since the epoch), at most `limit`; answers how many.
   */
  removeClaims(before: number, limit: number): Promise<number>;
}

/**
 * How the keys of alerts' claims begin. There are new ones with every alert and nobody looks at their numbers, so they may
 * be removed; any other lock stays for ever, because its numbers must not begin again.
 */
export const CLAIM_PREFIXES = { telling: 'alert-telling:', told: 'alert:' } as const;
