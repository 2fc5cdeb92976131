import { createHash } from 'node:crypto';
import { CLAIM_PREFIXES, type LockStore } from '../database/lock-store.ts';
import { type AlertClaims, TELLING_MS } from './alert-claims.ts';

/** Owner of the locks that say "told": nobody's in particular. */
const EVERYBODY = 'alert-told';
/** What owes an alert for longer tells it again. */
const TOLD_MS = 30 * 86_400_000;
/** The shortest hold there is: whoever gets it knows that nobody has the lock. */
const PROBE_MS = 1;

/** Claims as locks: `alert-telling:<hash>` of the instance that is telling it, and `alert:<hash>` once it was told. Housekeeping removes them. */
export class LockAlertClaims implements AlertClaims {
  readonly #locks: LockStore;
  readonly #owner: string;
  readonly #telling = new Set<string>();

  /** `owner` is this instance's alone. */
  constructor(locks: LockStore, owner: string) {
    this.#locks = locks;
    this.#owner = owner;
  }

  async claim(fingerprint: string): Promise<'ours' | 'told' | 'busy'> {
    // A lock lets its owner in again; two tellers of one instance are two all the same.
    if (this.#telling.has(fingerprint)) return 'busy';
    this.#telling.add(fingerprint);
    let answer: 'ours' | 'told' | 'busy' = 'busy';
    try {
      if ((await this.#locks.acquire(tellingKey(fingerprint), this.#owner, TELLING_MS)) === undefined) return answer;
      if (await this.#wasTold(fingerprint)) answer = 'told';
      else answer = 'ours';
      if (answer === 'told') await this.#locks.release(tellingKey(fingerprint), this.#owner);
      return answer;
    } finally {
      if (answer !== 'ours') this.#telling.delete(fingerprint);
    }
  }

  async told(fingerprint: string): Promise<void> {
    try {
      await this.#locks.acquire(toldKey(fingerprint), EVERYBODY, TOLD_MS);
      await this.#locks.release(tellingKey(fingerprint), this.#owner);
    } finally {
      this.#telling.delete(fingerprint);
    }
  }

  async release(fingerprint: string): Promise<void> {
    this.#telling.delete(fingerprint);
    await this.#locks.release(tellingKey(fingerprint), this.#owner);
  }

  async #wasTold(fingerprint: string): Promise<boolean> {
    const key = toldKey(fingerprint);
    if ((await this.#locks.acquire(key, this.#owner, PROBE_MS)) === undefined) return true;
    await this.#locks.release(key, this.#owner);
    return false;
  }
}

const hashOf = (fingerprint: string): string => createHash('sha256').update(fingerprint).digest('hex');
const tellingKey = (fingerprint: string): string => CLAIM_PREFIXES.telling + hashOf(fingerprint);
const toldKey = (fingerprint: string): string => CLAIM_PREFIXES.told + hashOf(fingerprint);
