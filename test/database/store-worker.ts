/**
 * One of several processes on one data directory. Arguments: directory, role, name. Speaks in JSON lines:
 * `counter`: adds one to the version of shared jobs by compare-and-set until it has won `rounds` times;
 * `sender`: sends numbered messages and says each number once it is durable;
 * `receiver`: receives, says what it got, deletes it, until the queue is empty for a while.
 */
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { systemClock, systemEntropy } from '../../src/clock/system-clock.ts';
import { EmbeddedDatabase } from '../../src/database/embedded/embedded-database.ts';
import { EmbeddedJobStore } from '../../src/database/embedded/embedded-job-store.ts';
import { EmbeddedQueues } from '../../src/queues/embedded/embedded-queues.ts';

const [directory = '', role = '', name = '', amount = '0'] = process.argv.slice(2);
const stall = monitorEventLoopDelay({ resolution: 1 });
stall.enable();
const database = EmbeddedDatabase.open({ directory, clock: systemClock, entropy: systemEntropy });
const queue = new EmbeddedQueues(database).queue('snos_job_processing');
const say = (line: object): void => {
  process.stdout.write(`${JSON.stringify(line)}\n`);
};

/** Wins are noted in the document, so that a lost one shows as a gap between version and sum. */
async function count(rounds: number): Promise<void> {
  const store = new EmbeddedJobStore(database);
  const jobs = await store.list({ limit: 10 });
  await Promise.all(
    jobs.map(async ({ id }) => {
      for (let won = 0; won < rounds; ) {
        const job = await store.get(id);
        if (job === undefined) throw new Error('the job is gone');
        const next = { ...job, version: job.version + 1, external_id: `${job.external_id}${name}` };
        const outcome = await store.commit({ expected: { version: job.version, leaseToken: null }, job: next });
        if (outcome.kind === 'committed') won += 1;
      }
    }),
  );
}

async function send(messages: number): Promise<void> {
  for (let number = 0; number < messages; number += 1) {
    await queue.send([{ body: `${name}${number}`, attributes: {}, delayMs: 0 }]);
    say({ sent: `${name}${number}` });
  }
}

async function receive(idleMs: number): Promise<void> {
  for (;;) {
    const received = await queue.receive({ max: 3, visibilityMs: 60_000, waitMs: idleMs });
    if (received.length === 0) return;
    for (const { body } of received) say({ received: body });
    await queue.delete(received.map(({ receipt }) => receipt));
  }
}

say({ ready: name });
if (role === 'counter') await count(Number(amount));
if (role === 'sender') await send(Number(amount));
if (role === 'receiver') await receive(Number(amount));
stall.disable();
say({ done: name, stallMs: Math.round(stall.max / 1e6), ...database.stats() });
await database.close();
