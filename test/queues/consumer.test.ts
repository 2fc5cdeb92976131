import { expect, it } from '@jest/globals';
import { systemEntropy } from '../../src/clock/system-clock.ts';
import { Slots } from '../../src/jobs/slots.ts';
import { Consumer } from '../../src/queues/consumer.ts';
import type { Queue, QueueSet } from '../../src/queues/queue.ts';
import { silentLog } from '../../src/telemetry/log.ts';
import { VirtualClock } from '../virtual-clock.ts';

it('asks a queue for nothing when a hand-over was faster than the freed slot', async () => {
  const clock = new VirtualClock();
  const asked: number[] = [];
  const queue: Queue = {
    name: 'snos_job_processing',
    send: async () => undefined,
    receive: async ({ max, waitMs, signal }) => {
      asked.push(max);
      await clock.sleep(waitMs, signal).catch(() => undefined);
      return [];
    },
    setVisibility: async () => false,
    delete: async () => undefined,
    depth: async () => ({ ready: 0, delayed: 0, inFlight: 0, oldestReadyAgeMs: 0 }),
  };
  const queues: QueueSet = { queue: () => queue, close: async () => undefined };
  const slots = new Slots(1);
  slots.tryAcquire();
  const engine = { slots: () => slots, wake: async () => false };
  const consumer = new Consumer({
    queue,
    queues,
    engine,
    clock,
    entropy: systemEntropy,
    log: silentLog,
    visibilityMs: 30_000,
  });
  consumer.start();
  await clock.advance(0);

  slots.release();
  slots.tryAcquire();
  await clock.advance(1_000);
  expect(asked).toEqual([]);

  slots.release();
  await clock.advance(1_000);
  expect(asked).toEqual([1]);
  await consumer.stop();
});
