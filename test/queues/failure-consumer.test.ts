import { randomUUID } from 'node:crypto';
import { beforeEach, describe, expect, it } from '@jest/globals';
import { MemoryParkedMessageStore } from '../../src/database/memory/memory-parked-message-store.ts';
import type { ParkedMessageStore } from '../../src/database/parked-message-store.ts';
import { FailureConsumer, type JobStanding } from '../../src/queues/failure-consumer.ts';
import { givenUp } from '../../src/queues/failure-queue.ts';
import { MemoryQueues } from '../../src/queues/memory/memory-queues.ts';
import { MAX_RECEIVES } from '../../src/queues/queue.ts';
import { silentLog } from '../../src/telemetry/log.ts';
import { seededEntropy } from '../engine/instances.ts';
import { interceptQueues } from '../engine/intercept.ts';
import { VirtualClock } from '../virtual-clock.ts';

describe('the reader of the failure queue', () => {
  let clock: VirtualClock;
  let queues: MemoryQueues;
  let parked: ParkedMessageStore;
  let receives: number;

  beforeEach(() => {
    clock = new VirtualClock();
    queues = new MemoryQueues(clock);
    parked = new MemoryParkedMessageStore();
    receives = 0;
  });

  function reader(store: ParkedMessageStore = parked, standings: Record<string, JobStanding> = {}): FailureConsumer {
    const counted = interceptQueues(queues, (method, run) => {
      if (method === 'receive') receives += 1;
      return run();
    });
    const entropy = seededEntropy(3);
    return new FailureConsumer({
      queues: counted,
      parked: store,
      standingOf: async ({ id }) => standings[id] ?? 'unknown',
      clock,
      entropy,
      log: silentLog,
      visibilityMs: 30_000,
    });
  }

  const failures = () => queues.queue('job_handle_failure');
  const empty = { ready: 0, delayed: 0, inFlight: 0 };

  it('stores what is there with source, reason and job, and removes it', async () => {
    const job = randomUUID();
    await failures().send([
      givenUp({ body: 'poison', attributes: { Origin: 'elsewhere' } }, 'snos_job_processing', 'not a job message'),
      { body: JSON.stringify({ id: job }), attributes: {}, delayMs: 0 },
    ]);
    const moved = queues.queue('proving_job_verification');
    await moved.send([{ body: JSON.stringify({ id: job }), attributes: { Sequence: '4' }, delayMs: 0 }]);
    for (let delivery = 0; delivery <= MAX_RECEIVES; delivery += 1) {
      await moved.receive({ max: 1, visibilityMs: 0, waitMs: 0 });
    }
    const subject = reader();
    subject.start();
    await clock.advance(2_000);
    await subject.stop();
    const stored = await parked.list(10);
    expect(stored).toHaveLength(3);
    expect(stored).toEqual(
      expect.arrayContaining([
        {
          id: expect.any(String),
          source_queue: 'snos_job_processing',
          body: 'poison',
          attributes: { Origin: 'elsewhere', SourceQueue: 'snos_job_processing', Reason: 'not a job message' },
          reason: 'not a job message',
          job_id: null,
          parked_at: clock.now() - 2_000,
        },
        expect.objectContaining({
          source_queue: 'proving_job_verification',
          reason: 'delivered 5 times without being handled',
          job_id: job,
        }),
        expect.objectContaining({
          source_queue: null,
          reason: 'sent to the failure queue without a reason',
          job_id: job,
        }),
      ]),
    );
    expect(await failures().depth()).toMatchObject(empty);
  });

  it('forgets a wake-up whose job has moved on', async () => {
    const [movedOn, missing] = [randomUUID(), randomUUID()];
    const bodies = [movedOn, missing].map((id) => JSON.stringify({ id }));
    await failures().send([...bodies, 'poison'].map((body) => ({ body, attributes: { Sequence: '4' }, delayMs: 0 })));
    const subject = reader(parked, { [movedOn]: 'moved-on' });
    subject.start();
    await clock.advance(2_000);
    await subject.stop();
    expect((await parked.list(10)).map(({ job_id }) => job_id).sort()).toEqual([null, missing].sort());
    expect(await failures().depth()).toMatchObject(empty);
  });

  it('forgets a wake-up that its job still waits for only when it was the queue that gave it up', async () => {
    const [undelivered, refused] = [randomUUID(), randomUUID()];
    const body = (id: string) => JSON.stringify({ id });
    await failures().send([
      { body: body(undelivered), attributes: { Sequence: '4', SourceQueue: 'snos_job_processing' }, delayMs: 0 },
      givenUp({ body: body(refused), attributes: { Sequence: '4' } }, 'snos_job_processing', 'wake-up failed: why'),
    ]);
    const subject = reader(parked, { [undelivered]: 'waiting', [refused]: 'waiting' });
    subject.start();
    await clock.advance(2_000);
    await subject.stop();
    expect(await parked.list(10)).toMatchObject([{ job_id: refused, reason: 'wake-up failed: why' }]);
    expect(await failures().depth()).toMatchObject(empty);
  });

  it('looks once a minute while there is nothing, and goes on at once while there is', async () => {
    const subject = reader();
    subject.start();
    await clock.advance(3_600_000);
    expect(receives).toBeLessThanOrEqual(60);
    expect(receives).toBeGreaterThanOrEqual(58);
    const bodies = Array.from({ length: 35 }, (_, index) => `m${index}`);
    await failures().send(bodies.map((body) => ({ body, attributes: {}, delayMs: 0 })));
    await clock.advance(70_000);
    expect(await parked.count()).toBe(35);
    await subject.stop();
  });

  it('removes nothing that it could not store, and stores nothing twice', async () => {
    let isDown = true;
    const flaky: ParkedMessageStore = {
      park: (message) => (isDown ? Promise.reject(new Error('no store')) : parked.park(message)),
      list: (limit) => parked.list(limit),
      count: () => parked.count(),
      removeBefore: (instant, limit) => parked.removeBefore(instant, limit),
    };
    await failures().send([{ body: 'a', attributes: {}, delayMs: 0 }]);
    const subject = reader(flaky);
    subject.start();
    await clock.advance(600_000);
    isDown = false;
    await clock.advance(120_000);
    await subject.stop();
    expect(await parked.list(10)).toMatchObject([{ body: 'a' }]);
    expect(await failures().depth()).toMatchObject(empty);
  });
});

describe('a message that is given up', () => {
  it('keeps to what an attribute of SQS may be', () => {
    const attributes = Object.fromEntries(Array.from({ length: 10 }, (_, index) => [`A${index}`, 'x']));
    const message = givenUp({ body: 'b', attributes }, 'worker_trigger', `bad\u0000${'y'.repeat(1_000)}`);
    expect(Object.keys(message.attributes)).toHaveLength(10);
    expect(message.attributes).toMatchObject({ A7: 'x', SourceQueue: 'worker_trigger' });
    expect(message.attributes.Reason).toMatch(/^bad y{496}$/);
  });
});
