import { randomUUID } from 'node:crypto';
import { SendMessageCommand } from '@aws-sdk/client-sqs';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { Instance } from '../src/app/instance.ts';
import { systemClock } from '../src/clock/system-clock.ts';
import { MemoryJobStore } from '../src/database/memory/memory-job-store.ts';
import { MemoryParkedMessageStore } from '../src/database/memory/memory-parked-message-store.ts';
import type { Job } from '../src/jobs/job.ts';
import { FailureConsumer } from '../src/queues/failure-consumer.ts';
import { MAX_RECEIVES, QUEUE_NAMES, type QueueName, type QueueSet } from '../src/queues/queue.ts';
import { silentLog } from '../src/telemetry/log.ts';
import { FakeContract } from '../test/engine/fake-contract.ts';
import { blocksOf, EmbeddedInstances, eventsOf, jobOf, seededEntropy } from '../test/engine/instances.ts';
import { intercept } from '../test/engine/intercept.ts';
import { Stages } from '../test/engine/stages.ts';
import { type TestQueues, testQueues } from './support/sqs-queues.ts';

const QUEUE = 'proving_job_verification';
const USED = QUEUE_NAMES.filter((name) => !name.startsWith('proof_registration'));
/** Nobody reads this one: proof registration is off. */
const UNREAD = 'proof_registration_job_processing';
const LIMIT_MS = 60_000;

/** What the real engine does with messages that should not be there, on real SQS semantics. */
describe('messages at SQS', () => {
  let sqs: TestQueues;
  let world: EmbeddedInstances;
  let store: MemoryJobStore;
  let parked: MemoryParkedMessageStore;
  let contract: FakeContract;
  let stages: Stages;
  /** Decides how a verification of the proof of block 0 goes. */
  let verify: () => Promise<'pending for an hour' | 'pending for three seconds' | 'done'>;

  beforeEach(async () => {
    sqs = await testQueues([...USED, UNREAD]);
    world = new EmbeddedInstances();
    store = new MemoryJobStore();
    parked = new MemoryParkedMessageStore();
    contract = new FakeContract(0);
    verify = async () => 'pending for an hour';
    stages = new Stages(contract, {
      script: async ({ type, phase }) => {
        if (type !== 'ProofCreation' || phase !== 'verify') return undefined;
        const answer = await verify();
        if (answer === 'done') return undefined;
        const retryAfterMs = answer === 'pending for an hour' ? 3_600_000 : 3_000;
        return { kind: 'pending', retryAfterMs, waitingFor: 'the prover' };
      },
    });
  });
  afterEach(async () => {
    await world.close();
    await sqs.dispose();
  });

  /** An instance on SQS whose proof of block 0 has been verified once and is waited for. */
  async function waitingInstance(queues: QueueSet = sqs.queues, visibilityMs = 30_000): Promise<Job> {
    const instance: Instance = await world.instance('one', contract, stages, {
      // Every wait is a message here.
      engine: { visibilityMs, shortWaitMs: 0 },
      replace: { store, parked, queues },
    });
    await instance.start();
    const proof = () => store.find('ProofCreation', 0);
    await world.until('the proof is waited for', async () => (await proof())?.waiting_for === 'the prover', LIMIT_MS);
    await world.until('its wake-up is sent', async () => (await proof())?.outbox.entries.length === 0, LIMIT_MS);
    return await jobOf(store, 'ProofCreation', 0);
  }

  const send = (queue: QueueName, body: string, attributes: Record<string, string> = {}) =>
    sqs.queues.queue(queue).send([{ body, attributes, delayMs: 0 }]);
  const sequence = (job: Job, offset = 0) => ({ Sequence: String(job.outbox.sequence + offset) });
  const bodyOf = (job: Job): string => JSON.stringify({ id: job.id });

  /** Nothing waits and nothing is held; delayed messages may be left. */
  async function worked(queues: readonly QueueName[]): Promise<void> {
    await world.until(
      'all messages are dealt with',
      async () => {
        const depths = await Promise.all(queues.map((name) => sqs.queues.queue(name).depth()));
        return depths.every(({ ready, inFlight }) => ready + inFlight === 0);
      },
      LIMIT_MS,
    );
  }

  /** A reader that looks now instead of once a minute. */
  async function readFailures(count: number) {
    const consumer = new FailureConsumer({
      queues: sqs.queues,
      parked,
      clock: systemClock,
      entropy: seededEntropy(1),
      log: silentLog,
      visibilityMs: 30_000,
    });
    consumer.start();
    try {
      await world.until('the failure queue is read', async () => (await parked.count()) >= count, LIMIT_MS);
    } finally {
      await consumer.stop();
    }
    return await parked.list(100);
  }

  it('stale, early, foreign, on a wrong queue or about nobody: nothing changes', async () => {
    const waiting = await waitingInstance();
    const snos = await jobOf(store, 'SnosRun', 0);
    const calls = stages.calls.length;
    await send(QUEUE, bodyOf(waiting), { ...sequence(waiting, -1), OrchestratorVersion: '0.1.0' });
    await send(QUEUE, bodyOf(waiting), { ...sequence(waiting, 1), OrchestratorVersion: '0.1.0' });
    await send(QUEUE, bodyOf(waiting), { ...sequence(waiting), OrchestratorVersion: '9.9.9' });
    await send(QUEUE, bodyOf(waiting));
    await send('proving_job_processing', bodyOf(waiting), sequence(waiting));
    await send('snos_job_processing', bodyOf(snos));
    await send(QUEUE, JSON.stringify({ id: randomUUID() }));
    await worked(USED);
    expect(await jobOf(store, 'ProofCreation', 0)).toEqual(waiting);
    expect(await jobOf(store, 'SnosRun', 0)).toEqual(snos);
    expect(stages.calls).toHaveLength(calls);
    expect(await parked.count()).toBe(0);
  });

  it('duplicates, of ours and of another version: the job is worked on once', async () => {
    const waiting = await waitingInstance();
    await world.close();
    // Due at last, and told so five times over.
    const due = { ...waiting, version: waiting.version + 1, outbox: { ...waiting.outbox, due_at: systemClock.now() } };
    await store.commit({ expected: { version: waiting.version, leaseToken: null }, job: due });
    const before = stages.count({ type: 'ProofCreation', phase: 'verify' });
    verify = async () => 'done';
    const copies = [sequence(due), sequence(due), {}, { OrchestratorVersion: '0.0.1' }, { Sequence: 'seven' }];
    await sqs.queues
      .queue(QUEUE)
      .send(copies.map((attributes) => ({ body: bodyOf(due), attributes: { ...attributes }, delayMs: 0 })));
    world = new EmbeddedInstances();
    const instance = await world.instance('two', contract, stages, {
      reconcileMs: 3_600_000,
      replace: { store, parked, queues: sqs.queues },
    });
    await instance.start();
    await world.until('settled', () => contract.accepted.length === 1, LIMIT_MS);
    await worked(USED);
    expect(stages.count({ type: 'ProofCreation', phase: 'verify' })).toBe(before + 1);
    expect(eventsOf(await jobOf(store, 'ProofCreation', 0)).completed).toBe(1);
    expect(await parked.count()).toBe(0);
  });

  it('delivered again while the lease lives: the work goes on undisturbed', async () => {
    const deliveries: number[] = [];
    let isArmed = false;
    const around = async (method: string, run: () => Promise<unknown>, args: readonly unknown[]): Promise<unknown> => {
      // The deletion after the claim gets lost, as when the process is cut off right then.
      if (isArmed && method === 'delete' && (args[0] as string[]).length > 0) {
        isArmed = false;
        throw new Error('connection lost');
      }
      const answer = await run();
      if (method === 'receive') {
        deliveries.push(...(answer as { receiveCount: number }[]).map(({ receiveCount }) => receiveCount));
      }
      return answer;
    };
    const proofs = intercept(sqs.queues.queue(QUEUE), around);
    const forgetful: QueueSet = {
      metered: sqs.queues.metered,
      queue: (name) => (name === QUEUE ? proofs : sqs.queues.queue(name)),
      close: async () => undefined,
    };
    let verifications = 0;
    const gate = Promise.withResolvers<void>();
    verify = async () => {
      verifications += 1;
      if (verifications === 1) return 'pending for three seconds';
      await gate.promise;
      return 'done';
    };
    await waitingInstance(forgetful, 2_000);
    isArmed = true;
    await world.until('the wake-up is delivered twice', () => deliveries.includes(2), LIMIT_MS);
    await worked(USED);
    expect(verifications).toBe(2);
    expect((await jobOf(store, 'ProofCreation', 0)).lease).not.toBeNull();
    gate.resolve();
    await world.until('settled', () => contract.accepted.length === 1, LIMIT_MS);
    expect(verifications).toBe(2);
    expect(eventsOf(await jobOf(store, 'ProofCreation', 0))).toMatchObject({ completed: 1 });
  });

  it('that cannot be read, or that nobody takes: parked with the reason, and no job changes', async () => {
    const waiting = await waitingInstance();
    const bodies = ['Snos', '{"id":7}', '{"id":"not-a-uuid"}', 'null', '{"id":"'];
    for (const body of bodies) await send('snos_job_processing', body, { Origin: 'elsewhere' });
    const { client, urls } = sqs;
    await client.send(
      new SendMessageCommand({
        QueueUrl: urls.get(QUEUE),
        MessageBody: 'binary',
        MessageAttributes: { Raw: { DataType: 'Binary', BinaryValue: Buffer.from('raw') } },
      }),
    );
    await send('worker_trigger', 'snos');
    await worked(USED.filter((name) => name !== 'job_handle_failure'));
    // This one the queue itself gives up.
    const unread = sqs.queues.queue(UNREAD);
    await unread.send([{ body: bodyOf(waiting), attributes: sequence(waiting), delayMs: 0 }]);
    for (let delivery = 1; delivery <= MAX_RECEIVES; delivery += 1) {
      const [received] = await unread.receive({ max: 1, visibilityMs: 0, waitMs: 5_000 });
      expect(received?.receiveCount).toBe(delivery);
    }
    expect(await unread.receive({ max: 1, visibilityMs: 0, waitMs: 0 })).toEqual([]);
    const stored = await readFailures(bodies.length + 3);
    expect(stored).toHaveLength(bodies.length + 3);
    for (const body of bodies) {
      expect(stored).toContainEqual({
        id: expect.any(String),
        body,
        source_queue: 'snos_job_processing',
        attributes: { Origin: 'elsewhere', SourceQueue: 'snos_job_processing', Reason: 'not a job message' },
        reason: 'not a job message',
        job_id: null,
        parked_at: expect.any(Number),
      });
    }
    expect(stored).toContainEqual(
      expect.objectContaining({ body: 'binary', source_queue: QUEUE, reason: 'not a job message' }),
    );
    expect(stored).toContainEqual(
      expect.objectContaining({ body: 'snos', source_queue: 'worker_trigger', reason: 'not a trigger word' }),
    );
    expect(stored).toContainEqual(
      expect.objectContaining({
        body: bodyOf(waiting),
        source_queue: UNREAD,
        reason: 'delivered 5 times without being handled',
        job_id: waiting.id,
      }),
    );
    expect((await jobOf(store, 'ProofCreation', 0)).version).toBe(waiting.version);
    await worked(['job_handle_failure']);
  });

  it('of cron, bare and as EventBridge sends them: the planning pass runs', async () => {
    await waitingInstance();
    contract.newest = 1;
    await send('worker_trigger', 'Snos');
    await world.until('block 1 is planned', async () => (await blocksOf(store, 'SnosRun')).length === 2, LIMIT_MS);
    contract.newest = 2;
    await send('worker_trigger', '"Snos"');
    await world.until('block 2 is planned', async () => (await blocksOf(store, 'SnosRun')).length === 3, LIMIT_MS);
  });
});
