import { type Collection, type Document, type Filter, Long } from 'mongodb';
import type { LockStore } from '../lock-store.ts';
import type { MongoDatabase, Try } from './mongo-database.ts';
import { isDuplicateKey } from './mongo-failure.ts';
import { filterFor, QUERIES } from './queries.ts';

interface LockDocument {
  readonly _id: string;
  /** Null: given up. */
  readonly owner: string | null;
  readonly token: Long | number;
  /** Null with the owner, so that no expiry index of an older deployment removes a lock that was given up. */
  readonly expires_at: Date | null;
  readonly created_at: Date;
  readonly updated_at: Date;
}

/** Lost races against other owners after which the lock counts as theirs. */
const MAX_TRIES = 5;

/**
 * Locks in MongoDB, collection `locks`. The acquire itself honours the expiry, by the clock of who asks.
 *
 * A lock that was given up or expired keeps its document, so that its fencing number goes on rising. Should somebody
 * remove the document all the same (an operator, an expiry index), the numbers must not begin again at 1: the first one of
 * a new document is the instant of its creation in milliseconds, which no lock overtakes by being taken once a millisecond.
 */
export class MongoLockStore implements LockStore {
  readonly #database: MongoDatabase;
  readonly #locks: Collection<LockDocument>;

  constructor(database: MongoDatabase) {
    this.#database = database;
    this.#locks = database.collection<LockDocument>('locks');
  }

  acquire(key: string, owner: string, ttlMs: number): Promise<{ readonly token: number } | undefined> {
    // A repetition after an interrupted call finds the lock held by its owner and renews it: the same answer.
    return this.#database.run(`acquire the lock ${key}`, async ({ limits }) => {
      for (let tries = 0; tries < MAX_TRIES; tries += 1) {
        const stored = await this.#locks.findOne(lockFilter(key), limits);
        const answer =
          stored === null
            ? await this.#create(key, owner, ttlMs, limits)
            : await this.#take(stored, owner, ttlMs, limits);
        if (answer !== 'race lost') return answer;
      }
      return undefined;
    });
  }

  release(key: string, owner: string): Promise<boolean> {
    return this.#database.run(`release the lock ${key}`, async ({ limits, repeated }) => {
      const now = new Date(this.#database.clock.now());
      const { matchedCount } = await this.#locks.updateOne(
        lockFilter(key, { owner, expires_at: { $gt: now } }),
        { $set: { owner: null, expires_at: null, updated_at: now } },
        limits,
      );
      if (matchedCount > 0 || !repeated) return matchedCount > 0;
      // The try that was interrupted may have freed it.
      const stored = await this.#locks.findOne(lockFilter(key), limits);
      return stored !== null && stored.owner === null;
    });
  }

  async #create(key: string, owner: string, ttlMs: number, limits: Try['limits']) {
    const now = this.#database.clock.now();
    try {
      const at = new Date(now);
      const expires_at = new Date(now + ttlMs);
      await this.#locks.insertOne(
        { _id: key, owner, token: Long.fromNumber(now), expires_at, created_at: at, updated_at: at },
        limits,
      );
      return { token: now };
    } catch (error) {
      if (isDuplicateKey(error)) return 'race lost' as const;
      throw error;
    }
  }

  /** A live owner renews under its number; a lock that is free or expired goes to the next under a greater one. */
  async #take(stored: LockDocument, owner: string, ttlMs: number, limits: Try['limits']) {
    const now = this.#database.clock.now();
    const held = stored.owner !== null && stored.expires_at !== null && stored.expires_at.getTime() > now;
    if (held && stored.owner !== owner) return undefined;
    // `token` is missing from a lock of the Rust orchestrator.
    const before = Number(stored.token ?? 0);
    const token = held ? before : Math.max(before + 1, stored.token === undefined ? now : 0);
    const change: Document = {
      owner,
      token: Long.fromNumber(token),
      expires_at: new Date(now + ttlMs),
      updated_at: new Date(now),
    };
    const { matchedCount } = await this.#locks.updateOne(
      lockFilter(stored._id, {
        owner: stored.owner,
        token: stored.token ?? null,
        expires_at: stored.expires_at,
      }),
      { $set: change },
      limits,
    );
    return matchedCount > 0 ? { token } : ('race lost' as const);
  }
}

function lockFilter(key: string, tests: Readonly<Record<string, unknown>> = {}): Filter<LockDocument> {
  return filterFor(QUERIES.lockByKey, { _id: key }, tests) as Filter<LockDocument>;
}
