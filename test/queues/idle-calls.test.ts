import { randomUUID } from 'node:crypto';
import { expect, it } from '@jest/globals';
import { MemoryParkedMessageStore } from '../../src/database/memory/memory-parked-message-store.ts';
import { Slots } from '../../src/jobs/slots.ts';
import { Consumer } from '../../src/queues/consumer.ts';
import { FailureConsumer } from '../../src/queues/failure-consumer.ts';
import { MemoryQueues } from '../../src/queues/memory/memory-queues.ts';
import { QUEUE_NAMES, type QueueSet } from '../../src/queues/queue.ts';
import { TriggerConsumer } from '../../src/queues/trigger-consumer.ts';
import { TRIGGER_WORDS, type TriggerWord } from '../../src/scheduling/scheduler.ts';
import { silentLog } from '../../src/telemetry/log.ts';
import { seededEntropy } from '../engine/instances.ts';
import { interceptQueues } from '../engine/intercept.ts';
import { VirtualClock } from '../virtual-clock.ts';

/** With and without proof registration, which is off by default. */
const queueSets = [
  { isWithRegistration: false, jobQueueCount: 8 },
  { isWithRegistration: true, jobQueueCount: 10 },
];

it.each(queueSets)(
  'an idle instance with $jobQueueCount job queues makes less than 2,000 calls an hour, however cron spreads its words',
  async ({ isWithRegistration, jobQueueCount }) => {
    const clock = new VirtualClock();
    const inside = new MemoryQueues(clock);
    const calls: Record<string, number> = {};
    const counted = interceptQueues(inside, (method, run, args) => {
      const isNothing = method === 'delete' && (args[0] as unknown[]).length === 0;
      if (!isNothing) calls[method] = (calls[method] ?? 0) + 1;
      return run();
    });
    const queues: QueueSet = { ...counted, metered: true };
    const heard: [TriggerWord, string | undefined][] = [];
    const common = { queues, clock, entropy: seededEntropy(5), log: silentLog, visibilityMs: 30_000 };
    const engine = { slots: () => new Slots(10), wake: async () => false };
    const jobQueues = QUEUE_NAMES.filter(
      (name) => /_(processing|verification)$/.test(name) && (isWithRegistration || !/registration/.test(name)),
    );
    expect(jobQueues).toHaveLength(jobQueueCount);
    const consumers = [
      ...jobQueues.map((name) => new Consumer({ ...common, queue: queues.queue(name), engine })),
      new FailureConsumer({ ...common, parked: new MemoryParkedMessageStore() }),
      new TriggerConsumer({
        ...common,
        trigger: async (word, id) => {
          heard.push([word, id]);
        },
      }),
    ];
    for (const consumer of consumers) consumer.start();
    for (let minute = 0; minute < 60; minute += 1) {
      for (const word of TRIGGER_WORDS) {
        // EventBridge sends it: no call of ours.
        await inside.queue('worker_trigger').send([{ body: JSON.stringify(word), attributes: {}, delayMs: 0 }]);
        await clock.advance(12_000);
      }
    }
    for (const consumer of consumers) await consumer.stop();
    const total = Object.values(calls).reduce((sum, count) => sum + count, 0);
    expect(total).toBeLessThan(2_000);
    // Every word was heard within the minute for which it is kept, and came with the id of its message.
    expect(heard.length).toBeGreaterThanOrEqual(299);
    expect(new Set(heard.map(([, id]) => id)).size).toBe(heard.length);
    expect(heard.every(([, id]) => id !== undefined)).toBe(true);
  },
);

it('what comes to an idle queue that charges for calls is taken within five seconds', async () => {
  const clock = new VirtualClock();
  const queues: QueueSet = Object.assign(new MemoryQueues(clock), { metered: true });
  const queue = queues.queue('snos_job_processing');
  const takenAt: number[] = [];
  const wake = async (): Promise<boolean> => {
    takenAt.push(clock.now());
    return false;
  };
  const consumer = new Consumer({
    queue,
    queues,
    engine: { slots: () => new Slots(10), wake },
    ...{ clock, entropy: seededEntropy(6), log: silentLog, visibilityMs: 30_000 },
  });
  consumer.start();
  const late: number[] = [];
  for (let round = 0; round < 30; round += 1) {
    // At every second of the cycle, long after the last one.
    await clock.advance(120_000 + round * 1_000);
    const sentAt = clock.now();
    await queue.send([{ body: JSON.stringify({ id: randomUUID() }), attributes: {}, delayMs: 0 }]);
    await clock.advance(10_000);
    late.push((takenAt.at(-1) ?? Number.NaN) - sentAt);
  }
  await consumer.stop();
  expect(takenAt).toHaveLength(30);
  expect(Math.max(...late)).toBeLessThanOrEqual(5_000);
  // Mostly a poll was waiting for it.
  expect(late.filter((ms) => ms === 0).length).toBeGreaterThan(15);
});
