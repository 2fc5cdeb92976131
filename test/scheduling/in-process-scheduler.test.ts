import { describe, expect, it } from '@jest/globals';
import { MemoryQueues } from '../../src/queues/memory/memory-queues.ts';
import type { QueueSet } from '../../src/queues/queue.ts';
import { InProcessScheduler } from '../../src/scheduling/in-process/in-process-scheduler.ts';
import { TRIGGER_WORDS, type TriggerWord } from '../../src/scheduling/scheduler.ts';
import { silentLog } from '../../src/telemetry/log.ts';
import { VirtualClock } from '../virtual-clock.ts';

const intervalOf = (word: TriggerWord): number => (word === 'Snos' ? 5_000 : 20_000);

async function received(queues: QueueSet): Promise<string[]> {
  const queue = queues.queue('worker_trigger');
  const messages = await queue.receive({ max: 100, visibilityMs: 30_000, waitMs: 0 });
  await queue.delete(messages.map(({ receipt }) => receipt));
  return messages.map(({ body }) => body).sort();
}

describe('InProcessScheduler', () => {
  it('sends each word at once and then at its interval, as a JSON string', async () => {
    const clock = new VirtualClock();
    const queues = new MemoryQueues(clock);
    const scheduler = new InProcessScheduler({ queues, clock, log: silentLog, intervalOf });
    await scheduler.start();
    await scheduler.start();
    await clock.advance(0);
    expect(await received(queues)).toEqual(TRIGGER_WORDS.map((word) => `"${word}"`).sort());
    await clock.advance(4_999);
    expect(await received(queues)).toEqual([]);
    await clock.advance(10_001);
    expect(await received(queues)).toEqual(['"Snos"', '"Snos"', '"Snos"']);
    await scheduler.stop();
    await clock.advance(60_000);
    expect(await received(queues)).toEqual([]);
  });

  it('goes on after a failure to send', async () => {
    const clock = new VirtualClock();
    const queues = new MemoryQueues(clock);
    let failures = 7;
    const failing: QueueSet = {
      metered: false,
      close: () => queues.close(),
      queue: (name) =>
        Object.assign(Object.create(queues.queue(name)), {
          send: async (messages: Parameters<ReturnType<QueueSet['queue']>['send']>[0]) => {
            failures -= 1;
            if (failures >= 0) throw new Error('queue is down');
            await queues.queue(name).send(messages);
          },
        }),
    };
    const warnings: string[] = [];
    const log = { ...silentLog, warn: (_: object, text: string) => warnings.push(text) };
    const scheduler = new InProcessScheduler({ queues: failing, clock, log, intervalOf });
    await scheduler.start();
    await clock.advance(15_000);
    expect(warnings).toHaveLength(7);
    expect(await received(queues)).toEqual(['"Snos"']);
    await scheduler.stop();
  });
});
