import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { systemEntropy } from '../../src/clock/system-clock.ts';
import { EmbeddedDatabase } from '../../src/database/embedded/embedded-database.ts';
import { EmbeddedQueues } from '../../src/queues/embedded/embedded-queues.ts';
import type { Queue } from '../../src/queues/queue.ts';
import { VirtualClock } from '../virtual-clock.ts';

describe('embedded queues of two connections to one file', () => {
  let directory: string;
  let clock: VirtualClock;
  let databases: EmbeddedDatabase[];

  const open = (): Queue => {
    const database = EmbeddedDatabase.open({ directory, clock, entropy: systemEntropy });
    databases.push(database);
    return new EmbeddedQueues(database).queue('snos_job_processing');
  };
  const long = { max: 1, visibilityMs: 30_000, waitMs: 20_000 };

  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'arrivals-'));
    clock = new VirtualClock();
    databases = [];
  });
  afterEach(async () => {
    for (const database of databases) await database.close();
    await rm(directory, { recursive: true });
  });

  it('notice within 50 ms what the other has sent', async () => {
    const [here, there] = [open(), open()];
    const start = clock.now();
    let at: number | undefined;
    const waiting = here.receive(long).then((messages) => {
      at = clock.now();
      return messages;
    });
    await clock.advance(3_010);
    await there.send([{ body: 'a', attributes: {}, delayMs: 0 }]);
    await clock.advance(50);
    expect(await waiting).toMatchObject([{ body: 'a' }]);
    expect(at).toBeGreaterThan(start + 3_000);
    expect(at).toBeLessThanOrEqual(start + 3_060);
  });

  it('stop looking when nobody waits any more', async () => {
    const queue = open();
    const waiting = queue.receive({ ...long, waitMs: 1_000 });
    await clock.advance(1_100);
    expect(await waiting).toEqual([]);
    expect(clock.nextAt()).toBeUndefined();
  });
});
