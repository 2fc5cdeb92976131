import { createHash } from 'node:crypto';
import type { Clock } from '../clock/clock.ts';
import { OrchestratorError } from '../errors/orchestrator-error.ts';
import type { ConditionalObjectStore } from '../storage/conditional-object-store.ts';
import { isExpiring } from '../storage/expiring-object-store.ts';
import { type AlertClaims, TELLING_MS } from './alert-claims.ts';

/** Tellers that may die one after the other over one alert. */
const MAX_CLAIMS = 20;

/**
 * Claims as objects, for alerts about the database, which cannot keep them while it is down: `alerts/<hash>/<n>` is the
 * n-th instance's try to tell it, and `alerts/<hash>/told` says that one succeeded.
 */
export class ObjectAlertClaims implements AlertClaims {
  readonly #objects: ConditionalObjectStore;
  readonly #clock: Clock;
  readonly #owner: string;
  /** Keys of the claims that we hold, by fingerprint; undefined while we are after one. */
  readonly #held = new Map<string, string | undefined>();

  /** `owner` is this instance's alone. */
  constructor(objects: ConditionalObjectStore, clock: Clock, owner: string) {
    this.#objects = objects;
    this.#clock = clock;
    this.#owner = owner;
  }

  async claim(fingerprint: string): Promise<'ours' | 'told' | 'busy'> {
    if (this.#held.has(fingerprint)) return 'busy';
    this.#held.set(fingerprint, undefined);
    try {
      return await this.#claim(fingerprint);
    } finally {
      if (this.#held.get(fingerprint) === undefined) this.#held.delete(fingerprint);
    }
  }

  async told(fingerprint: string): Promise<void> {
    const key = this.#held.get(fingerprint);
    this.#held.delete(fingerprint);
    const told = `${folderOf(fingerprint)}/told`;
    await this.#objects.put(told, this.#mark());
    if (!isExpiring(this.#objects)) return;
    for (const done of key === undefined ? [told] : [key, told]) await this.#objects.tagForExpiry(done);
  }

  async release(fingerprint: string): Promise<void> {
    const key = this.#held.get(fingerprint);
    this.#held.delete(fingerprint);
    if (key !== undefined) await this.#objects.delete(key);
  }

  async #claim(fingerprint: string): Promise<'ours' | 'told' | 'busy'> {
    const folder = folderOf(fingerprint);
    if ((await this.#objects.head(`${folder}/told`)) !== undefined) return 'told';
    for (let number = 1; number <= MAX_CLAIMS; number += 1) {
      const key = `${folder}/${number}`;
      if (await this.#objects.putIfAbsent(key, this.#mark())) {
        this.#held.set(fingerprint, key);
        return 'ours';
      }
      if (this.#clock.now() - (await this.#claimedAt(key)) < TELLING_MS) return 'busy';
    }
    return 'busy';
  }

  #mark(): Uint8Array {
    return new TextEncoder().encode(`${this.#clock.now()} ${this.#owner}`);
  }

  /** The end of time for a claim that was given up at this moment: whoever asks again finds out more. */
  async #claimedAt(key: string): Promise<number> {
    try {
      return Number.parseInt(new TextDecoder().decode(await this.#objects.get(key)), 10);
    } catch (error) {
      if (error instanceof OrchestratorError && error.code === 'OBJECT_NOT_FOUND') return Number.POSITIVE_INFINITY;
      throw error;
    }
  }
}

function folderOf(fingerprint: string): string {
  return `alerts/${createHash('sha256').update(fingerprint).digest('hex')}`;
}
