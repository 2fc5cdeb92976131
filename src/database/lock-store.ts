/** Named locks with an owner, an expiry that the acquire itself honours, and a fencing number. */
export interface LockStore {
  /** Takes the lock when it is free, expired, or already the owner's (which renews it); undefined when another holds it. */
  acquire(key: string, owner: string, ttlMs: number): Promise<{ readonly token: number } | undefined>;
  /** Gives the lock up; false when it was not the owner's any more. */
  release(key: string, owner: string): Promise<boolean>;
}
