import { randomUUID } from 'node:crypto';
import { MongoClient } from 'mongodb';
import { systemClock } from '../src/clock/system-clock.ts';
import { MongoDatabase } from '../src/database/mongodb/mongo-database.ts';
import { MongoJobStore } from '../src/database/mongodb/mongo-job-store.ts';
import { silentLog } from '../src/telemetry/log.ts';
import { sampleJob } from '../test/conformance/sample-jobs.ts';

/**
 * What a MongoDB server gives the job store: `node --no-warnings bench/mongodb.ts mongodb://127.0.0.1:27017 [jobs]`.
 * Works in a database of its own, which is dropped at the end, and prints raw numbers.
 */
const [url = 'mongodb://127.0.0.1:27017', count = '2000'] = process.argv.slice(2);
const JOBS = Number(count);
const ROUNDS = 200;
const databaseName = `bench_${randomUUID().slice(0, 8)}`;
const database = await MongoDatabase.open({ url, databaseName, clock: systemClock, log: silentLog });

try {
  const store = new MongoJobStore(database);
  const jobs = Array.from({ length: JOBS }, (_, block) => sampleJob('SnosRun', block, { status: 'Completed' }));
  const inserting = performance.now();
  const queue = [...jobs];
  const insert = async (): Promise<void> => {
    for (let job = queue.pop(); job !== undefined; job = queue.pop()) await store.insert([job]);
  };
  await Promise.all(Array.from({ length: 20 }, insert));
  print('inserts, 20 at once', `${rate(JOBS, inserting)} a second`);

  for (const writers of [1, 8]) {
    const started = performance.now();
    await Promise.all(Array.from({ length: writers }, (_, writer) => commits(store, writer)));
    print(`commits, ${writers} at once`, `${rate(ROUNDS * writers, started)} a second`);
  }
  await measure('get', (round) => store.get(jobs[round % JOBS]?.id ?? ''));
  await measure('latest of a status', () => store.latest('SnosRun', 'Completed'));
  await measure('list 50 of one type', (round) => store.list({ types: ['SnosRun'], from: round, limit: 50 }));
  await measure('due, none', () => store.due(1, 100));
  await measure('counts', () => store.counts(), 20);
} finally {
  await database.close();
  const client = await MongoClient.connect(url);
  await client.db(databaseName).dropDatabase();
  await client.close();
}

/** One writer's commits of one job, each on top of the one before. */
async function commits(store: MongoJobStore, writer: number): Promise<void> {
  let job = sampleJob('ProofCreation', Math.floor(performance.now() * 1_000) * 10 + writer);
  await store.insert([job]);
  for (let round = 0; round < ROUNDS; round += 1) {
    const next = { ...job, version: job.version + 1, updated_at: job.updated_at + 1 };
    const outcome = await store.commit({ expected: { version: job.version, leaseToken: null }, job: next });
    if (outcome.kind !== 'committed') throw new Error('a commit without a rival was refused');
    job = next;
  }
}

async function measure(name: string, call: (round: number) => Promise<unknown>, rounds = ROUNDS): Promise<void> {
  const times: number[] = [];
  for (let round = 0; round < rounds; round += 1) {
    const started = performance.now();
    await call(round);
    times.push(performance.now() - started);
  }
  times.sort((a, b) => a - b);
  const at = (share: number): string => (times[Math.floor(share * (times.length - 1))] ?? 0).toFixed(2);
  print(name, `median ${at(0.5)} ms, 95 % ${at(0.95)} ms, most ${at(1)} ms (${JOBS} jobs)`);
}

function rate(calls: number, started: number): number {
  return Math.round((calls * 1_000) / (performance.now() - started));
}

function print(name: string, text: string): void {
  console.log(`${name.padEnd(24)}${text}`);
}
