import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { systemEntropy } from '../../src/clock/system-clock.ts';
import { EmbeddedDatabase } from '../../src/database/embedded/embedded-database.ts';
import { EmbeddedJobStore } from '../../src/database/embedded/embedded-job-store.ts';
import type { Job, OutboxEntry } from '../../src/jobs/job.ts';
import { withoutDelivered } from '../../src/jobs/lifecycle.ts';
import { EmbeddedQueues } from '../../src/queues/embedded/embedded-queues.ts';
import { decodeJobMessage, encodeJobMessage } from '../../src/queues/job-queues.ts';
import type { QueueName } from '../../src/queues/queue.ts';
import { leased, sampleJob } from '../conformance/sample-jobs.ts';
import { VirtualClock } from '../virtual-clock.ts';

const wake = (sequence: number, due_at: number, phase: 'process' | 'verify' = 'process'): OutboxEntry => ({
  kind: 'wake',
  phase,
  sequence,
  due_at,
});
const alert: OutboxEntry = { kind: 'alert', text: 'look here', job_version: 1 };

function owing(job: Job, ...entries: OutboxEntry[]): Job {
  return { ...job, outbox: { ...job.outbox, entries }, next_action_at: 99 };
}

describe('delivery in the transaction that changes the job', () => {
  let directory: string;
  let clock: VirtualClock;
  let database: EmbeddedDatabase;
  let queues: EmbeddedQueues;
  let store: EmbeddedJobStore;

  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'delivery-'));
    clock = new VirtualClock();
    database = EmbeddedDatabase.open({ directory, clock, entropy: systemEntropy });
    queues = new EmbeddedQueues(database);
    store = new EmbeddedJobStore(database, {
      queues,
      withoutDelivered,
      message: (job, entry) => encodeJobMessage(job.id, entry.sequence, entry.phase, '0.1.0', 0),
    });
  });
  afterEach(async () => {
    await database.close();
    await rm(directory, { recursive: true });
  });

  const received = async (queue: QueueName) =>
    (await queues.queue(queue).receive({ max: 10, visibilityMs: 30_000, waitMs: 0 })).map(decodeJobMessage);
  const successorEntry = (job: Job): OutboxEntry => ({
    kind: 'successor',
    job: { id: job.id, job_type: job.job_type, specific: job.metadata.specific },
  });

  it('sends the wake-up of a new job and wakes who waits for it', async () => {
    const waiting = queues.queue('snos_job_processing').receive({ max: 1, visibilityMs: 1_000, waitMs: 20_000 });
    const job = owing(sampleJob('SnosRun', 1), wake(1, clock.now()));
    expect(await store.insert([job])).toEqual([{ kind: 'inserted', delivered: true }]);
    expect((await waiting).map(decodeJobMessage)).toEqual([{ id: job.id, sequence: 1 }]);
    expect((await store.get(job.id))?.outbox.entries).toEqual([]);
  });

  it('keeps alerts owed, and lets the reconciler rest when nothing is', async () => {
    const alerting = owing(sampleJob('SnosRun', 1), wake(1, clock.now()), alert);
    const silent = owing(sampleJob('SnosRun', 2), wake(1, clock.now()));
    await store.insert([alerting, silent]);
    expect((await store.get(alerting.id))?.outbox.entries).toEqual([alert]);
    expect((await store.due(100, 10)).map(({ id }) => id)).toEqual([alerting.id]);
    const relayed = owing({ ...alerting, version: 1 });
    await store.commit({ expected: { version: 0, leaseToken: null }, job: owing(relayed, wake(2, clock.now())) });
    expect(await store.due(100, 10)).toEqual([]);
  });

  it('sends nothing for a job that exists already, or a change that came too late', async () => {
    const job = sampleJob('SnosRun', 1);
    await store.insert([job]);
    await store.insert([owing(sampleJob('SnosRun', 1), wake(1, clock.now()))]);
    const late = owing({ ...job, version: 5 }, wake(2, clock.now()));
    const successors = [sampleJob('ProofCreation', 1)];
    const outcome = await store.commit({ expected: { version: 4, leaseToken: null }, job: late, successors });
    expect(outcome).toEqual({ kind: 'conflict' });
    expect(await received('snos_job_processing')).toEqual([]);
    expect(await store.find('ProofCreation', 1)).toBeUndefined();
  });

  it('delays a wake-up until it is due', async () => {
    const job = sampleJob('SnosRun', 1);
    await store.insert([job]);
    const changed = owing(
      { ...job, status: 'PendingVerification', version: 1 },
      wake(2, clock.now() + 5_000, 'verify'),
    );
    const outcome = await store.commit({ expected: { version: 0, leaseToken: null }, job: changed });
    expect(outcome).toEqual({ kind: 'committed', delivered: true, inserted: [] });
    await clock.advance(4_999);
    expect(await received('snos_job_verification')).toEqual([]);
    await clock.advance(1);
    expect(await received('snos_job_verification')).toEqual([{ id: job.id, sequence: 2 }]);
  });

  it('inserts successors with their own wake-ups and says which of them were new', async () => {
    const job = leased(sampleJob('SnosRun', 1), 1);
    const existing = sampleJob('ProofCreation', 1);
    await store.insert([job, existing]);
    const rival = owing(sampleJob('ProofCreation', 1), wake(1, clock.now()));
    const fresh = owing(sampleJob('DataSubmission', 1), wake(1, clock.now()));
    const claimed = leased(sampleJob('ProofRegistration', 1), 1);
    const successors = [rival, fresh, claimed];
    const done = owing({ ...job, status: 'Completed', version: 2, lease: null }, ...successors.map(successorEntry));
    const outcome = await store.commit({ expected: { version: 1, leaseToken: 1 }, job: done, successors });
    expect(outcome).toEqual({ kind: 'committed', delivered: true, inserted: [false, true, true] });
    expect(await received('proving_job_processing')).toEqual([]);
    expect(await received('data_submission_job_processing')).toEqual([{ id: fresh.id, sequence: 1 }]);
    expect(await received('proof_registration_job_processing')).toEqual([]);
    expect((await store.find('ProofCreation', 1))?.id).toBe(existing.id);
    expect((await store.find('ProofRegistration', 1))?.lease?.token).toBe(1);
    expect((await store.get(job.id))?.outbox.entries).toEqual([]);
  });

  it('stores a change whose successors were not brought as it is, so that they stay owed', async () => {
    const job = sampleJob('SnosRun', 1);
    await store.insert([job]);
    const entry = successorEntry(sampleJob('ProofCreation', 1));
    const done = owing({ ...job, status: 'Completed', version: 1 }, entry, wake(2, clock.now()));
    const outcome = await store.commit({ expected: { version: 0, leaseToken: null }, job: done });
    expect(outcome).toEqual({ kind: 'committed', delivered: false, inserted: [] });
    expect(await store.get(job.id)).toEqual(done);
    expect(await received('snos_job_processing')).toEqual([]);
  });

  it('commits job, messages and successor together, in one commit', async () => {
    const jobs = Array.from({ length: 20 }, (_, block) => sampleJob('SnosRun', block));
    await store.insert(jobs);
    const before = database.stats().commits;
    await Promise.all(
      jobs.map((job) => {
        const successor = owing(sampleJob('ProofCreation', job.internal_id), wake(1, clock.now()));
        const done = owing({ ...job, status: 'Completed', version: 1 }, successorEntry(successor));
        return store.commit({ expected: { version: 0, leaseToken: null }, job: done, successors: [successor] });
      }),
    );
    expect(database.stats().commits - before).toBe(1);
    expect((await queues.queue('proving_job_processing').depth()).ready).toBe(20);
  });
});
