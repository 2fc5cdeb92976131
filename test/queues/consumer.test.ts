import { randomUUID } from 'node:crypto';
import { beforeEach, describe, expect, it } from '@jest/globals';
import { OrchestratorError } from '../../src/errors/orchestrator-error.ts';
import { Slots } from '../../src/jobs/slots.ts';
import { Consumer } from '../../src/queues/consumer.ts';
import { encodeJobMessage } from '../../src/queues/job-queues.ts';
import { MemoryQueues } from '../../src/queues/memory/memory-queues.ts';
import type { Queue, QueueSet } from '../../src/queues/queue.ts';
import { seededEntropy } from '../engine/instances.ts';
import { interceptQueues } from '../engine/intercept.ts';
import { VirtualClock } from '../virtual-clock.ts';
import { type LogLine, recordedLog } from './recorded-log.ts';

const NAME = 'snos_job_processing';
const MINUTE_MS = 60_000;
const storeDown = new OrchestratorError('DATABASE_UNAVAILABLE', 'no answer', { retry: 'dependency-down' });

describe('a consumer', () => {
  let clock: VirtualClock;
  let queues: MemoryQueues;
  let lines: LogLine[];
  let slots: Slots;
  /** Called with each wake-up; takes over the slot when it answers true. */
  let wake: () => Promise<boolean>;
  let woken: number;

  beforeEach(() => {
    clock = new VirtualClock();
    queues = new MemoryQueues(clock);
    slots = new Slots(2);
    woken = 0;
    wake = async () => false;
  });

  function consumer(queue: Queue = queues.queue(NAME), set: QueueSet = queues): Consumer {
    const recorded = recordedLog();
    lines = recorded.lines;
    const engine = {
      slots: () => slots,
      wake: () => {
        woken += 1;
        return wake();
      },
    };
    const entropy = seededEntropy(7);
    return new Consumer({ queue, queues: set, engine, clock, entropy, log: recorded.log, visibilityMs: 30_000 });
  }

  const sendWakeUp = () => queues.queue(NAME).send([encodeJobMessage(randomUUID(), 1, 'process', '0.1.0', 0)]);
  const gone = { ready: 0, delayed: 0, inFlight: 0 };
  const warnings = () =>
    lines.filter(({ level }) => level !== 'debug').map(({ level, message }) => `${level}: ${message}`);

  it('asks a queue for nothing when a hand-over was faster than the freed slot', async () => {
    const asked: number[] = [];
    const queue: Queue = {
      name: NAME,
      send: async () => undefined,
      receive: async ({ max, waitMs, signal }) => {
        asked.push(max);
        await clock.sleep(waitMs, signal).catch(() => undefined);
        return [];
      },
      setVisibility: async () => false,
      delete: async () => undefined,
      depth: async () => ({ ...gone, oldestReadyAgeMs: 0 }),
    };
    slots = new Slots(1);
    slots.tryAcquire();
    const subject = consumer(queue, { metered: false, queue: () => queue, close: async () => undefined });
    subject.start();
    await clock.advance(0);

    slots.release();
    slots.tryAcquire();
    await clock.advance(1_000);
    expect(asked).toEqual([]);

    slots.release();
    await clock.advance(1_000);
    expect(asked).toEqual([1]);
    await subject.stop();
  });

  it('leaves a poll alone when hand-overs take the slots, and lets the message wait for one', async () => {
    const subject = consumer();
    subject.start();
    await clock.advance(1_000);
    slots.tryAcquire();
    slots.tryAcquire();
    await sendWakeUp();
    await clock.advance(500);
    expect(woken).toBe(0);
    slots.release();
    await clock.advance(0);
    expect(woken).toBe(1);
    expect(await queues.queue(NAME).depth()).toMatchObject(gone);
    await subject.stop();
  });

  it('hands a message back when hand-overs are always faster, and never burns it', async () => {
    let deliveries = 0;
    const counting = interceptQueues(queues, async (method, run) => {
      const answer = await run();
      if (method === 'receive') deliveries += (answer as unknown[]).length;
      return answer;
    });
    let isFast = true;
    class ContestedSlots extends Slots {
      override tryAcquire(): boolean {
        return !isFast && super.tryAcquire();
      }
      override available(signal: AbortSignal): Promise<void> {
        return clock.sleep(200, signal).catch(() => undefined);
      }
    }
    slots = new ContestedSlots(2);
    const subject = consumer(counting.queue(NAME), counting);
    subject.start();
    await sendWakeUp();
    await clock.advance(60_000);
    expect(deliveries).toBeGreaterThan(20);
    expect(woken).toBe(0);
    expect(await queues.queue('job_handle_failure').depth()).toMatchObject(gone);
    isFast = false;
    await clock.advance(5_000);
    expect(woken).toBe(1);
    expect(await queues.queue(NAME).depth()).toMatchObject(gone);
    await subject.stop();
  });

  it('hands back at once when it is stopped while a message waits for a slot', async () => {
    const subject = consumer();
    subject.start();
    await clock.advance(0);
    slots.tryAcquire();
    slots.tryAcquire();
    await sendWakeUp();
    await clock.advance(100);
    expect((await queues.queue(NAME).depth()).inFlight).toBe(1);
    await subject.stop();
    expect(await queues.queue(NAME).depth()).toMatchObject({ ready: 1, inFlight: 0 });
  });

  it('keeps a wake-up through hours without a store, asking less and less, and tells of it once', async () => {
    wake = () => Promise.reject(storeDown);
    const subject = consumer();
    subject.start();
    await sendWakeUp();
    await clock.advance(180 * MINUTE_MS);
    expect((await queues.queue('job_handle_failure').depth()).ready).toBe(0);
    expect(woken).toBeGreaterThan(5);
    expect(woken).toBeLessThan(60);
    const early = woken;
    await clock.advance(60 * MINUTE_MS);
    expect(woken - early).toBeLessThan(20);
    expect(slots.free).toBe(2);

    wake = async () => false;
    const tries = woken;
    await clock.advance(15 * MINUTE_MS + 30_000);
    expect(woken).toBe(tries + 1);
    expect(await queues.queue(NAME).depth()).toMatchObject(gone);
    expect(warnings()).toEqual([
      'warn: wake-ups cannot be handled, handed back, trying again until it works',
      'info: wake-ups handled again',
    ]);
    await subject.stop();
  });

  it('gives up the one message whose wake-up fails by itself, with the reason', async () => {
    wake = () => Promise.reject(new TypeError('no such field'));
    const subject = consumer();
    subject.start();
    await sendWakeUp();
    await clock.advance(60 * MINUTE_MS);
    expect(woken).toBe(5);
    expect(await queues.queue(NAME).depth()).toMatchObject(gone);
    const [parked] = await queues.queue('job_handle_failure').receive({ max: 2, visibilityMs: 1_000, waitMs: 0 });
    expect(parked?.attributes).toMatchObject({
      SourceQueue: NAME,
      Reason: 'wake-up failed: TypeError: no such field',
      Sequence: '1',
    });
    await subject.stop();
  });

  it('pauses longer and longer while the queue fails, and tells of it once', async () => {
    let receives = 0;
    let isDown = true;
    const queue = queues.queue(NAME);
    const broken: Queue = {
      name: NAME,
      send: (messages) => queue.send(messages),
      setVisibility: (receipt, ms) => queue.setVisibility(receipt, ms),
      delete: (receipts) => queue.delete(receipts),
      depth: () => queue.depth(),
      receive: (options) => {
        receives += 1;
        return isDown ? Promise.reject(new Error('no queue')) : queue.receive(options);
      },
    };
    const subject = consumer(broken);
    subject.start();
    await clock.advance(MINUTE_MS);
    const first = receives;
    expect(first).toBeGreaterThan(5);
    await clock.advance(60 * MINUTE_MS);
    // Half of 30 s on average.
    expect(receives - first).toBeGreaterThan(120);
    expect(receives - first).toBeLessThan(400);
    isDown = false;
    await sendWakeUp();
    await clock.advance(30_000);
    expect(woken).toBe(1);
    expect(warnings()).toEqual([
      'warn: queue cannot be worked off, trying again until it works',
      'info: queue is worked off again',
    ]);
    await subject.stop();
  });
});
