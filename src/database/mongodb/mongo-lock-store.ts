import { type Collection, type Document, type Filter, Long } from 'mongodb';
import { CLAIM_PREFIXES, type LockStore } from '../lock-store.ts';
import type { MongoDatabase, Try } from './mongo-database.ts';
import { isDuplicateKey } from './mongo-failure.ts';
import { filterFor, QUERIES, sortFor } from './queries.ts';

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
const PREFIXES = Object.values(CLAIM_PREFIXES);

/**
 * Locks in MongoDB, collection `locks`. The acquire itself honours the expiry, by the clock of who asks.
 *
 * A lock that was given up or expired keeps its document (but for claims of alerts), so that its fencing number goes on rising. Should somebody
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

  async removeClaims(before: number, limit: number): Promise<number> {
    let removed = 0;
    for (const prefix of PREFIXES) {
      const keys = await this.#claimsGivenUp(prefix, limit - removed);
      removed += await this.#removeUnlessTaken(keys, null);
    }
    const instant = { $lt: new Date(before) };
    return removed + (await this.#removeUnlessTaken(await this.#claimsExpired(instant, limit - removed), instant));
  }

  async #claimsGivenUp(prefix: string, limit: number): Promise<string[]> {
    if (limit <= 0) return [];
    // "~" is after every character of a hash.
    const filter = filterFor(QUERIES.locksGivenUp, { expires_at: null, _id: { $gte: prefix, $lt: `${prefix}~` } });
    const found = await this.#database.run('find claims that were given up', ({ limits }) =>
      this.#locks
        .find(filter as Filter<LockDocument>, { ...limits, projection: { _id: 1 } })
        .sort(sortFor(QUERIES.locksGivenUp, 'ascending'))
        .limit(limit)
        .toArray(),
    );
    return found.map(({ _id }) => _id);
  }

  /** Walks past the other locks, of which there is one per name. */
  async #claimsExpired(expires_at: { readonly $lt: Date }, limit: number): Promise<string[]> {
    if (limit <= 0) return [];
    return await this.#database.run('find expired claims', async ({ limits }) => {
      const keys: string[] = [];
      const expired = this.#locks
        .find(filterFor(QUERIES.locksExpired, { expires_at }) as Filter<LockDocument>, {
          ...limits,
          projection: { _id: 1 },
        })
        .sort(sortFor(QUERIES.locksExpired, 'ascending'));
      for await (const { _id } of expired) {
        if (!PREFIXES.some((prefix) => _id.startsWith(prefix))) continue;
        keys.push(_id);
        if (keys.length === limit) break;
      }
      return keys;
    });
  }

  /** Removes those that are still as they were found; a claim that somebody has taken since stays. */
  async #removeUnlessTaken(keys: readonly string[], expires_at: { readonly $lt: Date } | null): Promise<number> {
    if (keys.length === 0) return 0;
    const filter = filterFor(QUERIES.lockByKey, { _id: { $in: keys } }, { expires_at }) as Filter<LockDocument>;
    return await this.#database.run('remove old claims', async ({ limits, repeated }) => {
      const { deletedCount } = await this.#locks.deleteMany(filter, limits);
      // After an interrupted try nobody knows how many it removed; nearly all of them are gone now.
      return repeated ? keys.length : deletedCount;
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
