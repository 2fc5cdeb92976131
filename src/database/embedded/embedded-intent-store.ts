import { currentIntent, type StoredIntent } from '../current-intent.ts';
import type { Intent, IntentStore } from '../intent-store.ts';
import type { EmbeddedDatabase } from './embedded-database.ts';

const PUT = 'INSERT INTO intents (key, first_block, version, document) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING';
const GET = 'SELECT document FROM intents WHERE key = ?';
const REPLACE = 'UPDATE intents SET first_block = ?, version = ?, document = ? WHERE key = ? AND version = ?';
const LIST = 'SELECT document FROM intents WHERE first_block BETWEEN ? AND ? ORDER BY key';

export class EmbeddedIntentStore implements IntentStore {
  readonly #database: EmbeddedDatabase;

  constructor(database: EmbeddedDatabase) {
    this.#database = database;
  }

  putIfAbsent(intent: Intent): Promise<{ readonly created: boolean; readonly intent: Intent }> {
    return this.#database.write(() => {
      const { changes } = this.#database
        .statement(PUT)
        .run(intent.key, intent.first_block, intent.version, JSON.stringify(intent));
      return changes === 0 ? { created: false, intent: this.#stored(intent.key) ?? intent } : { created: true, intent };
    });
  }

  get(key: string): Promise<Intent | undefined> {
    return this.#database.read(() => this.#stored(key));
  }

  replace(intent: Intent): Promise<boolean> {
    return this.#database.write(() => {
      const { changes } = this.#database
        .statement(REPLACE)
        .run(intent.first_block, intent.version, JSON.stringify(intent), intent.key, intent.version - 1);
      return changes !== 0;
    });
  }

  list({ first, last }: { readonly first: number; readonly last: number }): Promise<Intent[]> {
    return this.#database.read(() =>
      this.#database
        .statement(LIST)
        .all(first, last)
        .map(({ document }) => intentOf(document)),
    );
  }

  #stored(key: string): Intent | undefined {
    const row = this.#database.statement(GET).get(key);
    return row === undefined ? undefined : intentOf(row.document);
  }
}

function intentOf(document: unknown): Intent {
  return currentIntent(JSON.parse(String(document)) as StoredIntent);
}
