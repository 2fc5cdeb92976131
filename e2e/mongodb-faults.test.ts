import { randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { systemClock } from '../src/clock/system-clock.ts';
import { MongoDatabase } from '../src/database/mongodb/mongo-database.ts';
import { MongoIntentStore } from '../src/database/mongodb/mongo-intent-store.ts';
import { MongoJobStore } from '../src/database/mongodb/mongo-job-store.ts';
import { MongoLockStore } from '../src/database/mongodb/mongo-lock-store.ts';
import { SeededRandom } from '../src/devnet/chain/generated/seeded-random.ts';
import type { Job } from '../src/jobs/job.ts';
import { silentLog } from '../src/telemetry/log.ts';
import { sampleIntent } from '../test/conformance/intent-store.suite.ts';
import { sampleJob } from '../test/conformance/sample-jobs.ts';
import { type PrivateMongoServer, privateMongoServer } from './support/services/private-services.ts';
import { type Cut, TcpProxy } from './support/tcp-proxy.ts';

const SEED = process.env.SEED ?? '1';
const CUTS: readonly (Cut | undefined)[] = [undefined, 'request', 'half', 'answer', 'answer'];

let server: PrivateMongoServer;
beforeAll(async () => {
  server = await privateMongoServer();
}, 600_000);
afterAll(async () => {
  await server?.stop();
});

/** A client with a proxy of its own before the server. */
interface Client {
  readonly database: MongoDatabase;
  readonly proxy: TcpProxy;
}

let clients: Client[];
/** Sees what is really stored. */
let direct: MongoDatabase;
let databaseName: string;

beforeEach(async () => {
  const { hostname, port } = new URL(server.url);
  databaseName = `faults_${randomUUID().slice(0, 8)}`;
  const open = (url: string) => MongoDatabase.open({ url, databaseName, clock: systemClock, log: silentLog });
  direct = await open(server.url);
  clients = [];
  for (let index = 0; index < 2; index += 1) {
    const proxy = await TcpProxy.start({ host: hostname, port: Number(port) });
    clients.push({ proxy, database: await open(`mongodb://127.0.0.1:${proxy.port}/`) });
  }
});
afterEach(async () => {
  for (const { database, proxy } of clients) {
    await database.close();
    await proxy.stop();
  }
  await direct.close();
});

/** An OP_MSG with this command; BSON writes it as a string element of that name. */
const isCommand = (name: string) => (request: Buffer) => request.includes(`\x02${name}\0`);
const isUpdate = isCommand('update');
const isWrite = (request: Buffer) => isUpdate(request) || isCommand('insert')(request);

describe(`MongoDB whose connections are cut in the middle of calls (seed ${SEED})`, () => {
  it('applies every commit once or not at all, and answers truthfully', async () => {
    const random = new SeededRandom(SEED);
    const jobs = Array.from({ length: 4 }, (_, block) => sampleJob('SnosRun', block));
    await new MongoJobStore(direct).insert(jobs);
    const answers = new Map<string, 'committed' | 'conflict'>();
    const planned = { cuts: 0 };

    const work = async ({ database, proxy }: Client, client: number): Promise<void> => {
      const store = new MongoJobStore(database);
      for (let turn = 0; turn < 100; turn += 1) {
        const id = jobs[random.integer(0, jobs.length - 1, 'job', client, turn)]?.id ?? '';
        const job = await store.get(id);
        if (job === undefined) throw new Error(`job ${id} is gone`);
        const tag = `${client}:${turn}`;
        const cut = CUTS[random.integer(0, CUTS.length - 1, 'cut', client, turn)];
        if (cut !== undefined) {
          planned.cuts += 1;
          proxy.cutNext(cut, isUpdate);
        }
        const outcome = await store.commit({
          expected: { version: job.version, leaseToken: null },
          job: withTag(job, tag),
        });
        answers.set(tag, outcome.kind);
      }
    };
    await Promise.all(clients.map(work));

    const stored = await new MongoJobStore(direct).list({ limit: 10 });
    const applied = stored.flatMap((job) => job.history.map(({ event }) => event));
    for (const job of stored) expect(job.history).toHaveLength(job.version);
    expect(new Set(applied).size).toBe(applied.length);
    const told = (kind: 'committed' | 'conflict') => [...answers].filter(([, answer]) => answer === kind);
    expect(answers.size).toBe(200);
    expect(
      told('committed')
        .map(([tag]) => tag)
        .sort(),
    ).toEqual([...applied].sort());
    const cuts = clients.reduce((sum, { proxy }) => sum + proxy.cuts, 0);
    expect(cuts).toBe(planned.cuts);
    console.log(`${told('committed').length} committed, ${told('conflict').length} conflicts, ${cuts} connections cut`);
  });

  it.each<[Cut, 'committed' | 'conflict']>([
    ['answer', 'committed'],
    ['request', 'conflict'],
  ])(
    'tells what became of a commit whose %s was cut when another one follows before it is repeated',
    async (cut, told) => {
      const [{ proxy }] = clients as [Client, Client];
      const waits = Promise.withResolvers<void>();
      const gate = Promise.withResolvers<void>();
      const sleep = async (): Promise<void> => {
        waits.resolve();
        await gate.promise;
      };
      const url = `mongodb://127.0.0.1:${proxy.port}/`;
      const clock = { ...systemClock, sleep };
      const gated = await MongoDatabase.open({ url, databaseName, clock, log: silentLog });
      try {
        const store = new MongoJobStore(direct);
        const job = sampleJob('SnosRun', 1);
        await store.insert([job]);
        proxy.cutNext(cut, isUpdate);
        const commit = (base: Job, by: MongoJobStore, event: string) =>
          by.commit({ expected: { version: base.version, leaseToken: null }, job: withTag(base, event) });
        const interrupted = commit(job, new MongoJobStore(gated), 'interrupted');
        await waits.promise;
        const base = await store.get(job.id);
        if (base === undefined) throw new Error('the job is gone');
        expect(base.version).toBe(told === 'committed' ? 1 : 0);
        expect(await commit(base, store, 'rival')).toMatchObject({ kind: 'committed' });
        gate.resolve();
        expect(await interrupted).toMatchObject({ kind: told });
      } finally {
        await gated.close();
      }
    },
  );

  it('inserts every job once and tells its planner so', async () => {
    const random = new SeededRandom(SEED);
    const inserted = new Map<number, string>();
    const work = async ({ database, proxy }: Client, client: number): Promise<void> => {
      const store = new MongoJobStore(database);
      for (let block = 0; block < 30; block += 1) {
        const job = sampleJob('SnosRun', block);
        const cut = CUTS[random.integer(0, CUTS.length - 1, 'insert', client, block)];
        if (cut !== undefined) proxy.cutNext(cut, isUpdate);
        const [outcome] = await store.insert([job]);
        if (outcome?.kind !== 'inserted') continue;
        expect(inserted.has(block)).toBe(false);
        inserted.set(block, job.id);
      }
    };
    await Promise.all(clients.map(work));
    const stored = await new MongoJobStore(direct).list({ limit: 100 });
    expect(stored.map(({ internal_id, id }) => [internal_id, id])).toEqual([...inserted].sort(([a], [b]) => a - b));
    expect(stored).toHaveLength(30);
  });

  it.each<Cut>(['request', 'half', 'answer'])('keeps locks and intents right when the %s is cut', async (cut) => {
    const [one, two] = clients as [Client, Client];
    const cutWrite = (): void => one.proxy.cutNext(cut, isWrite);
    const locks = new MongoLockStore(one.database);
    cutWrite();
    const first = await locks.acquire('key', 'one', 60_000);
    expect(first).toBeDefined();
    expect(await new MongoLockStore(two.database).acquire('key', 'two', 60_000)).toBeUndefined();
    cutWrite();
    expect(await locks.acquire('key', 'one', 60_000)).toEqual(first);
    cutWrite();
    expect(await locks.release('key', 'one')).toBe(true);
    const second = await new MongoLockStore(two.database).acquire('key', 'two', 60_000);
    expect(second?.token).toBeGreaterThan(first?.token ?? Number.POSITIVE_INFINITY);

    const intents = new MongoIntentStore(one.database);
    const intent = sampleIntent(1);
    cutWrite();
    expect(await intents.putIfAbsent(intent)).toEqual({ created: true, intent });
    const next = { ...intent, version: 1, state: 'broadcast' } as const;
    cutWrite();
    expect(await intents.replace(next)).toBe(true);
    cutWrite();
    expect(await intents.replace(next)).toBe(false);
    expect(await new MongoIntentStore(direct).get(intent.key)).toEqual(next);
    expect(one.proxy.cuts).toBe(6);
  });
});

describe('a MongoDB server that does not answer', () => {
  const outage = { code: 'DATABASE_UNAVAILABLE', retry: 'dependency-down', dependency: 'mongodb' };

  it('fails calls while it is frozen, each after a bounded time, and serves them once it is thawed', async () => {
    const store = new MongoJobStore(direct);
    const job = sampleJob('SnosRun', 1);
    await store.insert([job]);
    const changed = withTag(job, 'while frozen');
    await server.freeze();
    try {
      const started = performance.now();
      // Nothing thaws the server before they have failed: a call without a limit runs into the limit of the test.
      const failures = await Promise.allSettled([
        store.get(job.id),
        store.commit({ expected: { version: 0, leaseToken: null }, job: changed }),
        new MongoLockStore(direct).acquire('key', 'one', 60_000),
      ]);
      console.log(`calls to a frozen server failed after ${Math.round(performance.now() - started)} ms`);
      for (const failure of failures) {
        expect(failure).toMatchObject({ status: 'rejected', reason: outage });
      }
    } finally {
      server.thaw();
    }
    // The commit that nobody waits for any more may have been applied; either way the job can be worked on.
    const stored = await store.get(job.id);
    expect([job, changed]).toContainEqual(stored);
    const next = withTag(stored ?? job, 'thawed');
    expect(await store.commit({ expected: { version: next.version - 1, leaseToken: null }, job: next })).toMatchObject({
      kind: 'committed',
    });
    expect(await store.get(job.id)).toEqual(next);
  }, 120_000);

  it('fails calls while it is stopped and serves them once it runs again', async () => {
    const store = new MongoJobStore(direct);
    const job = sampleJob('SnosRun', 1);
    await store.insert([job]);
    await server.stop();
    try {
      await expect(store.get(job.id)).rejects.toMatchObject(outage);
      await expect(
        MongoDatabase.open({ url: server.url, databaseName, clock: systemClock, log: silentLog }),
      ).rejects.toMatchObject(outage);
    } finally {
      await server.restart();
    }
    expect(await store.get(job.id)).toEqual(job);
  }, 120_000);
});

function withTag(job: Job, event: string): Job {
  const entry = { at: 1, event, from: job.status, to: job.status, by: null, note: null };
  return { ...job, version: job.version + 1, history: [...job.history, entry] };
}
