import { setImmediate as turn } from 'node:timers/promises';
import { describe, expect, it } from '@jest/globals';
import { type Db, MongoServerError } from 'mongodb';
import { prepareSchema } from '../../../src/database/mongodb/schema.ts';

const place = { host: 'db.example:27017', databaseName: 'orchestrator' };

/** As much of a database as its preparation uses: collection `locks` has an index that lets expired locks go. */
class OldDatabase {
  readonly indexes = new Map<string, { name: string; expireAfterSeconds?: number }>([
    ['_id_', { name: '_id_' }],
    ['expiry', { name: 'expiry', expireAfterSeconds: 0 }],
  ]);
  versions = 0;
  /** Code of the server for an index that cannot be dropped; undefined: it can. */
  refusal: number | undefined;

  asDb(): Db {
    const none = { sort: () => none, limit: () => none, toArray: async () => [] };
    const collection = (name: string) => ({
      findOne: async () => null,
      find: () => none,
      createIndex: async () => 'made',
      indexes: async () => {
        await turn();
        return name === 'locks' ? [...this.indexes.values()] : [];
      },
      dropIndex: (index: string) => this.#drop(index),
      updateOne: async () => {
        this.versions += 1;
      },
    });
    return { collection } as unknown as Db;
  }

  async #drop(index: string): Promise<void> {
    await turn();
    const code = this.refusal ?? (this.indexes.delete(index) ? undefined : 27);
    if (code !== undefined) throw new MongoServerError({ code, errmsg: `cannot drop ${index}` });
  }
}

describe('preparing the schema of MongoDB', () => {
  it('lets two instances that start at once both drop the index of expired locks', async () => {
    const database = new OldDatabase();
    await Promise.all([prepareSchema(database.asDb(), place), prepareSchema(database.asDb(), place)]);
    expect([...database.indexes.keys()]).toEqual(['_id_']);
    expect(database.versions).toBe(2);
  });

  it('goes on when the collection of locks is dropped meanwhile', async () => {
    const database = new OldDatabase();
    database.refusal = 26;
    await prepareSchema(database.asDb(), place);
    expect(database.versions).toBe(1);
  });

  it('does not call the schema new when the index cannot be dropped', async () => {
    const database = new OldDatabase();
    database.refusal = 13;
    await expect(prepareSchema(database.asDb(), place)).rejects.toMatchObject({ code: 13 });
    expect(database.versions).toBe(0);
  });
});
