import type { ParkedMessage, ParkedMessageStore } from '../parked-message-store.ts';
import type { EmbeddedDatabase } from './embedded-database.ts';

const PARK = 'INSERT INTO parked_messages (id, parked_at, document) VALUES (?, ?, ?) ON CONFLICT DO NOTHING';
const LIST = 'SELECT document FROM parked_messages ORDER BY parked_at DESC, id LIMIT ?';
const COUNT = 'SELECT COUNT(*) AS count FROM parked_messages';
const REMOVE = `DELETE FROM parked_messages WHERE id IN
  (SELECT id FROM parked_messages WHERE parked_at < ? ORDER BY parked_at LIMIT ?)`;

/** Parked messages in the embedded database. */
export class EmbeddedParkedMessageStore implements ParkedMessageStore {
  readonly #database: EmbeddedDatabase;

  constructor(database: EmbeddedDatabase) {
    this.#database = database;
  }

  park(message: ParkedMessage): Promise<boolean> {
    return this.#database.write(
      () =>
        Number(this.#database.statement(PARK).run(message.id, message.parked_at, JSON.stringify(message)).changes) > 0,
    );
  }

  list(limit: number): Promise<ParkedMessage[]> {
    return this.#database.read(() =>
      this.#database
        .statement(LIST)
        .all(Math.max(0, limit))
        .map((row) => JSON.parse(String(row.document)) as ParkedMessage),
    );
  }

  count(): Promise<number> {
    return this.#database.read(() => Number(this.#database.statement(COUNT).get()?.count ?? 0));
  }

  removeBefore(instant: number, limit: number): Promise<number> {
    return this.#database.write(() =>
      Number(this.#database.statement(REMOVE).run(instant, Math.max(0, limit)).changes),
    );
  }
}
