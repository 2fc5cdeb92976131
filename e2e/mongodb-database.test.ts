import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { type Document, MongoClient } from 'mongodb';
import { systemClock } from '../src/clock/system-clock.ts';
import { compareAndSetCheck } from '../src/database/mongodb/compare-and-set-check.ts';
import { MongoDatabase } from '../src/database/mongodb/mongo-database.ts';
import { MongoJobStore } from '../src/database/mongodb/mongo-job-store.ts';
import { MongoLockStore } from '../src/database/mongodb/mongo-lock-store.ts';
import { INDEXES, QUERIES, type QueryDeclaration, sortFor } from '../src/database/mongodb/queries.ts';
import { silentLog } from '../src/telemetry/log.ts';
import { sampleJob } from '../test/conformance/sample-jobs.ts';
import { mongoServer } from './support/services/services.ts';

const { url } = await mongoServer();
let client: MongoClient;
let databaseName: string;

beforeAll(async () => {
  client = await MongoClient.connect(url);
});
beforeEach(() => {
  databaseName = `database_${randomUUID().slice(0, 8)}`;
});
afterAll(async () => {
  await client?.close();
});

/** Runs with the database open; drops it afterwards. */
async function withDatabase<T>(use: (database: MongoDatabase) => Promise<T>): Promise<T> {
  const database = await open();
  try {
    return await use(database);
  } finally {
    await database.close();
    await client.db(databaseName).dropDatabase();
  }
}

const open = (): Promise<MongoDatabase> =>
  MongoDatabase.open({ url, databaseName, clock: systemClock, log: silentLog });

describe('a MongoDB database', () => {
  it('has the declared indexes, however often and by however many it is opened', async () => {
    const databases = await Promise.all(Array.from({ length: 8 }, open));
    for (const database of databases) await database.close();
    await withDatabase(async () => {
      for (const { collection, name, key, unique } of Object.values(INDEXES)) {
        if (name === '_id_') continue;
        const found = (await client.db(databaseName).collection(collection).indexes()).find((one) => one.name === name);
        expect(found?.key).toEqual(Object.fromEntries(key));
        expect(found?.unique ?? false).toBe(unique);
      }
    });
  });

  it('is refused when another program wrote its jobs', async () => {
    const foreign = { id: 'x', job_type: 'SnosRun', internal_id: 1, status: 'Completed', version: 0 };
    await client.db(databaseName).collection('jobs').insertOne(foreign);
    await expect(open()).rejects.toMatchObject({
      code: 'SCHEMA_UNSUPPORTED',
      message: expect.stringContaining(databaseName),
      hint: expect.stringContaining('Start on a new database name; the position comes from the contract'),
    });
    expect(await client.db(databaseName).collection('jobs').findOne({})).toEqual(foreign);
    expect(await client.db(databaseName).collection('installation').countDocuments()).toBe(0);
    await client.db(databaseName).dropDatabase();
  });

  it('is refused when a newer release wrote it', async () => {
    await withDatabase(async () => {
      const installation = client.db(databaseName).collection<{ _id: string; version: number }>('installation');
      await installation.updateOne({ _id: 'schema' }, { $set: { version: 99 } });
      await expect(open()).rejects.toMatchObject({
        code: 'SCHEMA_UNSUPPORTED',
        message: expect.stringContaining('99'),
      });
    });
  });

  it('keeps the numbers of a lock rising when its document is removed', async () => {
    await withDatabase(async (database) => {
      const locks = new MongoLockStore(database);
      const first = await locks.acquire('key', 'one', 1_000);
      await locks.release('key', 'one');
      const second = await locks.acquire('key', 'two', 1_000);
      expect(second?.token).toBeGreaterThan(first?.token ?? Number.POSITIVE_INFINITY);
      await client.db(databaseName).collection('locks').deleteMany({});
      const third = await locks.acquire('key', 'three', 1_000);
      expect(third?.token).toBeGreaterThan(second?.token ?? Number.POSITIVE_INFINITY);
    });
  });

  it('takes over locks that the server would delete on expiry', async () => {
    const locks = client.db(databaseName).collection<{ _id: string; [field: string]: unknown }>('locks');
    await locks.createIndex({ expires_at: 1 }, { name: 'ttl_index', expireAfterSeconds: 0 });
    await locks.insertOne({ _id: 'key', value: null, owner: null, expires_at: new Date(0) });
    await withDatabase(async (database) => {
      expect((await locks.indexes()).map(({ name }) => name).sort()).toEqual(['_id_', 'expires_at_1__id_1']);
      const store = new MongoLockStore(database);
      const first = await store.acquire('key', 'one', 60_000);
      expect(first?.token).toBeGreaterThan(0);
      expect(await store.acquire('key', 'one', 60_000)).toEqual(first);
      expect(await store.acquire('key', 'two', 60_000)).toBeUndefined();
    });
  });

  it('passes the check of compare-and-set and keeps nothing of it', async () => {
    await withDatabase(async (database) => {
      expect(await compareAndSetCheck(database)).toEqual({ attempts: 40, won: 1 });
      expect(await compareAndSetCheck(database)).toEqual({ attempts: 40, won: 1 });
      expect(await client.db(databaseName).collection('scratch').countDocuments()).toBe(0);
    });
  });

  it('gives identical changes of two instances to one of them', async () => {
    await withDatabase(async (database) => {
      const store = new MongoJobStore(database);
      const job = sampleJob('SnosRun', 1);
      await store.insert([job]);
      const change = { expected: { version: 0, leaseToken: null }, job: { ...job, version: 1 } };
      const outcomes = await Promise.all([store.commit(change), store.commit(change)]);
      expect(outcomes.map(({ kind }) => kind).sort()).toEqual(['committed', 'conflict']);
    });
  });

  it('keeps the types of existing deployments in the server', async () => {
    await withDatabase(async (database) => {
      const job = sampleJob('SnosRun', 7);
      await new MongoJobStore(database).insert([job]);
      const stored = await client.db(databaseName).collection('jobs').findOne({}, { promoteValues: false });
      expect(stored?.id).toMatchObject({ _bsontype: 'Binary', sub_type: 4 });
      expect(stored?.internal_id).toMatchObject({ _bsontype: 'Long' });
      expect(stored?.version).toMatchObject({ _bsontype: 'Int32' });
      expect(stored?.created_at).toBeInstanceOf(Date);
      expect(stored?._id).toMatchObject({ _bsontype: 'ObjectId' });
    });
  });
});

const explains = await hasExplain();
const plans = explains ? describe : describe.skip;
plans(`query plans${explains ? '' : ' (not asked for: this server has no explain)'}`, () => {
  const queries: [string, QueryDeclaration][] = Object.entries(QUERIES);

  it.each(queries)('%s can walk its index and sorts nothing', async (_, query) => {
    await withDatabase(async () => {
      const filter = Object.fromEntries([
        ...query.equality.map((field) => [field, 'x']),
        ...query.range.map((field) => [field, { $gte: 1, $lte: 2 }]),
      ]);
      const collection = client.db(databaseName).collection(query.index.collection);
      // Of a collection that does not exist or is empty there is no plan worth looking at.
      await collection.insertOne({});
      const cursor = collection.find(filter).hint(query.index.name);
      if (query.sort.length > 0) cursor.sort(sortFor(query, 'descending'));
      const stages = stagesOf((await cursor.explain('queryPlanner')).queryPlanner.winningPlan);
      const names = stages.map(({ stage }) => stage);
      expect(names).not.toContain('COLLSCAN');
      expect(names).not.toContain('SORT');
      const walked = stages.find(({ stage }) => stage === 'IXSCAN');
      if (walked !== undefined) expect(walked.indexName).toBe(query.index.name);
      else expect(names.some((name) => /^(IDHACK|EXPRESS_|CLUSTERED_)/.test(name))).toBe(true);
    });
  });
});

function stagesOf(plan: Document): Document[] {
  const { inputStage, inputStages, queryPlan, ...stage } = plan;
  return [stage, ...[queryPlan, inputStage, ...(inputStages ?? [])].filter(Boolean).flatMap(stagesOf)];
}

async function hasExplain(): Promise<boolean> {
  const probe = await MongoClient.connect(url);
  try {
    const { queryPlanner } = await probe.db('probe').collection('probe').find({}).explain('queryPlanner');
    return queryPlanner !== undefined;
  } catch {
    return false;
  } finally {
    await probe.close();
  }
}
