import type { Clock } from '../../clock/clock.ts';
import { CLAIM_PREFIXES, type LockStore } from '../lock-store.ts';

interface Lock {
  readonly owner: string | null;
  readonly token: number;
  readonly expiresAt: number;
}

/** Locks in memory, for the simulation. */
export class MemoryLockStore implements LockStore {
  readonly #clock: Clock;
  readonly #locks = new Map<string, Lock>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  async acquire(key: string, owner: string, ttlMs: number): Promise<{ readonly token: number } | undefined> {
    const now = this.#clock.now();
    const held = this.#locks.get(key) ?? { owner: null, token: 0, expiresAt: 0 };
    const isLive = held.owner !== null && held.expiresAt > now;
    if (isLive && held.owner !== owner) return undefined;
    const token = isLive ? held.token : held.token + 1;
    this.#locks.set(key, { owner, token, expiresAt: now + ttlMs });
    return { token };
  }

  async release(key: string, owner: string): Promise<boolean> {
    const held = this.#locks.get(key);
    if (held?.owner !== owner || held.expiresAt <= this.#clock.now()) return false;
    this.#locks.set(key, { owner: null, token: held.token, expiresAt: 0 });
    return true;
  }

  async removeClaims(before: number, limit: number): Promise<number> {
    const prefixes = Object.values(CLAIM_PREFIXES);
    const old = [...this.#locks]
      .filter(([key, { expiresAt }]) => expiresAt < before && prefixes.some((prefix) => key.startsWith(prefix)))
      .slice(0, Math.max(0, limit));
    for (const [key] of old) this.#locks.delete(key);
    return old.length;
  }
}
