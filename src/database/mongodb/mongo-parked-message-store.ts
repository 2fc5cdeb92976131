import type { Collection, Filter, ObjectId } from 'mongodb';
import type { ParkedMessage, ParkedMessageStore } from '../parked-message-store.ts';
import type { MongoDatabase } from './mongo-database.ts';
import { filterFor, QUERIES, sortFor } from './queries.ts';
import { unlessExists } from './upsert.ts';
import { newMark, RECENT_WRITES } from './write-mark.ts';

/** Attributes are pairs, because names may hold characters that field names must not. */
interface ParkedDocument extends Omit<ParkedMessage, 'id' | 'attributes' | 'parked_at'> {
  readonly _id: string;
  readonly attributes: readonly { readonly name: string; readonly value: string }[];
  readonly parked_at: Date;
  readonly recent_writes: readonly ObjectId[];
}

/** Parked messages in MongoDB, collection `parked_messages`. */
export class MongoParkedMessageStore implements ParkedMessageStore {
  readonly #database: MongoDatabase;
  readonly #messages: Collection<ParkedDocument>;

  constructor(database: MongoDatabase) {
    this.#database = database;
    this.#messages = database.collection<ParkedDocument>('parked_messages');
  }

  park(message: ParkedMessage): Promise<boolean> {
    const mark = newMark();
    const { _id, ...document } = documentOf(message, mark);
    const filter = filterFor(QUERIES.parkedById, { _id }) as Filter<ParkedDocument>;
    return this.#database.run(`park message ${_id}`, async ({ limits, repeated }) => {
      const parked = await unlessExists(
        this.#messages.updateOne(filter, { $setOnInsert: document }, { ...limits, upsert: true }),
      );
      if (parked || !repeated) return parked;
      // A parked message never changes, so its first mark is that of whoever parked it.
      const stored = await this.#messages.findOne(filter, limits);
      return stored?.recent_writes.some((left) => left.equals(mark)) === true;
    });
  }

  async list(limit: number): Promise<ParkedMessage[]> {
    if (limit <= 0) return [];
    const documents = await this.#database.run('list parked messages', ({ limits }) =>
      this.#messages
        .find(filterFor(QUERIES.parkedNewest, {}), limits)
        .sort(sortFor(QUERIES.parkedNewest, 'descending'))
        .limit(limit)
        .toArray(),
    );
    return documents.map(messageOf);
  }

  /** Taken from the collection's own count, which costs nothing; after a crash of the server it may be off for a while. */
  count(): Promise<number> {
    return this.#database.run('count parked messages', ({ limits }) => this.#messages.estimatedDocumentCount(limits));
  }

  async removeBefore(instant: number, limit: number): Promise<number> {
    if (limit <= 0) return 0;
    const old = filterFor(QUERIES.parkedBefore, { parked_at: { $lt: new Date(instant) } }) as Filter<ParkedDocument>;
    const found = await this.#database.run('find old parked messages', ({ limits }) =>
      this.#messages
        .find(old, { ...limits, projection: { _id: 1 } })
        .sort(sortFor(QUERIES.parkedBefore, 'ascending'))
        .limit(limit)
        .toArray(),
    );
    const filter = filterFor(QUERIES.parkedById, {
      _id: { $in: found.map(({ _id }) => _id) },
    }) as Filter<ParkedDocument>;
    return this.#database.run('remove old parked messages', async ({ limits, repeated }) => {
      const { deletedCount } = await this.#messages.deleteMany(filter, limits);
      // After an interrupted try nobody knows how many it removed; all of them are gone now.
      return repeated ? found.length : deletedCount;
    });
  }
}

function documentOf({ id, attributes, parked_at, ...message }: ParkedMessage, mark: ObjectId): ParkedDocument {
  return {
    ...message,
    _id: id,
    attributes: Object.entries(attributes).map(([name, value]) => ({ name, value })),
    parked_at: new Date(parked_at),
    [RECENT_WRITES]: [mark],
  };
}

function messageOf(stored: ParkedDocument): ParkedMessage {
  const { _id: id, recent_writes: _, ...message } = stored;
  return {
    ...message,
    id,
    attributes: Object.fromEntries(message.attributes.map(({ name, value }) => [name, value])),
    parked_at: message.parked_at.getTime(),
  };
}
