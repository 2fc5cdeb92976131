import type { LockStore } from '../lock-store.ts';
import type { EmbeddedDatabase } from './embedded-database.ts';

/**
 * A lock that was given up keeps its row, so that its token goes on rising. A live owner renews under its old token;
 * everyone else gets a greater one.
 */
const ACQUIRE = `INSERT INTO locks (key, owner, token, expires_at) VALUES (:key, :owner, 1, :expiresAt)
  ON CONFLICT (key) DO UPDATE SET
    token = CASE WHEN owner IS :owner AND locks.expires_at > :now THEN token ELSE token + 1 END,
    owner = :owner,
    expires_at = :expiresAt
  WHERE owner IS NULL OR owner = :owner OR locks.expires_at <= :now
  RETURNING token`;
const RELEASE = 'UPDATE locks SET owner = NULL, expires_at = 0 WHERE key = ? AND owner = ? AND expires_at > ?';
/** The condition on the key is that of the index `claims_by_expiry`, word for word. */
const REMOVE_CLAIMS = `DELETE FROM locks WHERE key IN (SELECT key FROM locks
  WHERE (key GLOB 'alert:*' OR key GLOB 'alert-telling:*') AND expires_at < ? ORDER BY expires_at LIMIT ?)`;

export class EmbeddedLockStore implements LockStore {
  readonly #database: EmbeddedDatabase;

  constructor(database: EmbeddedDatabase) {
    this.#database = database;
  }

  acquire(key: string, owner: string, ttlMs: number): Promise<{ readonly token: number } | undefined> {
    return this.#database.write(() => {
      const now = this.#database.clock.now();
      const row = this.#database.statement(ACQUIRE).get({ key, owner, now, expiresAt: now + ttlMs });
      return row === undefined ? undefined : { token: Number(row.token) };
    });
  }

  release(key: string, owner: string): Promise<boolean> {
    return this.#database.write(
      () => Number(this.#database.statement(RELEASE).run(key, owner, this.#database.clock.now()).changes) > 0,
    );
  }

  removeClaims(before: number, limit: number): Promise<number> {
    return this.#database.write(() =>
      Number(this.#database.statement(REMOVE_CLAIMS).run(before, Math.max(0, limit)).changes),
    );
  }
}
