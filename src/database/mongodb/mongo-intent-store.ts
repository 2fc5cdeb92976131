import type { Collection, Document, Filter } from 'mongodb';
import type { Intent, IntentStore } from '../intent-store.ts';
import { type IntentDocument, intentFields, intentOf } from './intent-document.ts';
import type { MongoDatabase, Try } from './mongo-database.ts';
import { filterFor, QUERIES } from './queries.ts';
import { unlessExists } from './upsert.ts';
import { leaveMark, newMark, RECENT_WRITES, wasWritten } from './write-mark.ts';

/** Intents in MongoDB, collection `settlement_txs`. Interrupted writes are resolved like those of the jobs. */
export class MongoIntentStore implements IntentStore {
  readonly #database: MongoDatabase;
  readonly #intents: Collection<IntentDocument>;

  constructor(database: MongoDatabase) {
    this.#database = database;
    this.#intents = database.collection<IntentDocument>('settlement_txs');
  }

  putIfAbsent(intent: Intent): Promise<{ readonly created: boolean; readonly intent: Intent }> {
    const mark = newMark();
    const document = { ...intentFields(intent), [RECENT_WRITES]: [mark] };
    return this.#database.run('record an intent', async ({ limits, repeated }) => {
      const created = await unlessExists(
        this.#intents.updateOne(keyFilter(intent.key), { $setOnInsert: document } as Document, {
          ...limits,
          upsert: true,
        }),
      );
      if (created) return { created, intent };
      const stored = await this.#intents.findOne(keyFilter(intent.key), limits);
      return {
        created: repeated && wasWritten(stored, mark, intent.version),
        intent: stored === null ? intent : intentOf(stored),
      };
    });
  }

  get(key: string): Promise<Intent | undefined> {
    return this.#database.run('read an intent', async ({ limits }: Try) => {
      const stored = await this.#intents.findOne(keyFilter(key), limits);
      return stored === null ? undefined : intentOf(stored);
    });
  }

  replace(intent: Intent): Promise<boolean> {
    const mark = newMark();
    const update = { $set: intentFields(intent), ...leaveMark(mark) } as Document;
    return this.#database.run('change an intent', async ({ limits, repeated }) => {
      const filter = keyFilter(intent.key, { version: intent.version - 1 });
      const { matchedCount } = await this.#intents.updateOne(filter, update, limits);
      if (matchedCount > 0 || !repeated) return matchedCount > 0;
      return wasWritten(await this.#intents.findOne(keyFilter(intent.key), limits), mark, intent.version);
    });
  }

  list({ first, last }: { readonly first: number; readonly last: number }): Promise<Intent[]> {
    const filter = filterFor(QUERIES.intentsOfBlocks, { first_block: { $gte: first, $lte: last } });
    return this.#database.run('list intents', async ({ limits }) => {
      const documents = await this.#intents.find(filter as Filter<IntentDocument>, limits).toArray();
      return documents.map(intentOf).sort((a, b) => (a.key < b.key ? -1 : a.key > b.key ? 1 : 0));
    });
  }
}

function keyFilter(key: string, tests: Readonly<Record<string, unknown>> = {}): Filter<IntentDocument> {
  return filterFor(QUERIES.intentByKey, { _id: key }, tests) as Filter<IntentDocument>;
}
