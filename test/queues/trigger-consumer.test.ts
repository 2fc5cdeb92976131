import { expect, it } from '@jest/globals';
import { MemoryQueues } from '../../src/queues/memory/memory-queues.ts';
import { TriggerConsumer } from '../../src/queues/trigger-consumer.ts';
import type { TriggerWord } from '../../src/scheduling/scheduler.ts';
import { seededEntropy } from '../engine/instances.ts';
import { VirtualClock } from '../virtual-clock.ts';
import { recordedLog } from './recorded-log.ts';

it('words that only an older deployment needs are deleted without a trace among what failed', async () => {
  const clock = new VirtualClock();
  const queues = new MemoryQueues(clock);
  const { log, lines } = recordedLog();
  const heard: TriggerWord[] = [];
  const trigger = async (word: TriggerWord): Promise<void> => {
    heard.push(word);
  };
  const entropy = seededEntropy(3);
  const consumer = new TriggerConsumer({ queues, trigger, clock, entropy, log, visibilityMs: 30_000 });
  const bodies = ['SnosBatching', '"AggregatorBatching"', 'Aggregator', '"StorageCleanup"', '"Snos"', 'storagecleanup'];
  await queues.queue('worker_trigger').send(bodies.map((body) => ({ body, attributes: {}, delayMs: 0 })));
  consumer.start();
  await clock.advance(1_000);
  await consumer.stop();
  expect(heard).toEqual(['Snos']);
  expect(await queues.queue('worker_trigger').depth()).toMatchObject({ ready: 0, delayed: 0, inFlight: 0 });
  const parked = await queues.queue('job_handle_failure').receive({ max: 10, visibilityMs: 30_000, waitMs: 0 });
  expect(parked.map(({ body }) => body)).toEqual(['storagecleanup']);
  expect(lines).toEqual([
    { level: 'debug', message: 'triggers of an older deployment, nothing to do for them' },
    { level: 'error', message: 'unknown trigger word, moved to the failure queue' },
  ]);
});
