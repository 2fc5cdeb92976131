import { beforeEach, describe, expect, it } from '@jest/globals';
import { untilSettled } from '../../src/app/until-settled.ts';
import type { JobStore } from '../../src/database/job-store.ts';
import { MemoryJobStore } from '../../src/database/memory/memory-job-store.ts';
import { OrchestratorError } from '../../src/errors/orchestrator-error.ts';
import type { JobStatus } from '../../src/jobs/job.ts';
import { type Log, silentLog } from '../../src/telemetry/log.ts';
import { sampleJob } from '../conformance/sample-jobs.ts';
import { seededEntropy } from '../engine/instances.ts';
import { intercept } from '../engine/intercept.ts';
import { VirtualClock } from '../virtual-clock.ts';

describe('a program that ends once block 57 is settled', () => {
  let store: MemoryJobStore;
  let clock: VirtualClock;
  let ended: boolean;
  let lines: string[];
  const stop = new AbortController();
  const entropy = seededEntropy(57);
  const noted = (_fields: object, message: string): void => void lines.push(message);
  const log: Log = { ...silentLog, warn: noted, info: noted };

  const watch = async (position: number): Promise<void> => {
    void watchOn(store, async () => position).then(() => {
      ended = true;
    });
    await clock.advance(1_000);
  };
  const watchOn = (on: Pick<JobStore, 'latest' | 'list'>, position: () => Promise<number>): Promise<void> =>
    untilSettled(57, { store: on, chain: { position }, clock, entropy, log, lookMs: 100 }, stop.signal);
  const complete = async (block: number): Promise<void> => {
    const job = await store.find('StateTransition', block);
    if (job === undefined) throw new Error(`no job of block ${block}`);
    await store.commit({
      expected: { version: job.version, leaseToken: null },
      job: { ...job, version: job.version + 1, status: 'Completed' },
    });
    await clock.advance(1_000);
  };
  const settling = (block: number, status: JobStatus) =>
    store.insert([sampleJob('StateTransition', block, { status })]);

  beforeEach(() => {
    store = new MemoryJobStore();
    clock = new VirtualClock();
    ended = false;
    lines = [];
  });

  it('ends at once when somebody else has settled it', async () => {
    await watch(57);
    expect(ended).toBe(true);
  });

  it('works until a job of ours has settled it', async () => {
    await settling(57, 'PendingVerification');
    await watch(55);
    expect(ended).toBe(false);
    await complete(57);
    expect(ended).toBe(true);
  });

  it('ends the job that a process left behind when it died after its transaction', async () => {
    await settling(57, 'PendingVerification');
    await watch(57);
    expect(ended).toBe(false);
    await complete(57);
    expect(ended).toBe(true);
  });

  it('ends an earlier job that is confirmed later', async () => {
    await settling(56, 'PendingVerification');
    await settling(57, 'Completed');
    await watch(57);
    expect(ended).toBe(false);
    await complete(56);
    expect(ended).toBe(true);
  });

  it('goes on when the database and then the node do not answer for a while, says so once, and asks no more often', async () => {
    await settling(57, 'PendingVerification');
    const down = (code: 'DATABASE_UNAVAILABLE' | 'NODE_UNREACHABLE') =>
      new OrchestratorError(code, 'no answer', { retry: 'dependency-down' });
    const isDown = { database: false, node: true };
    let asked = 0;
    const flaky = intercept(store, async (_, run) => {
      asked += 1;
      if (isDown.database) throw down('DATABASE_UNAVAILABLE');
      return run();
    });
    const end = watchOn(flaky, async () => {
      if (isDown.node) throw down('NODE_UNREACHABLE');
      return 55;
    });
    end.then(
      () => {
        ended = true;
      },
      () => undefined,
    );
    await clock.advance(20_000);
    expect(lines).toEqual(['whether the last block is settled cannot be seen, trying again until it works']);
    expect(asked).toBe(0);
    isDown.node = false;
    await clock.advance(60_000);
    expect(lines).toHaveLength(2);
    expect(asked).toBeGreaterThan(100);
    isDown.database = true;
    asked = 0;
    await clock.advance(20_000);
    expect(asked).toBeLessThan(20);
    isDown.database = false;
    await clock.advance(60_000);
    expect(ended).toBe(false);
    await complete(57);
    await end;
    expect(ended).toBe(true);
    expect(lines).toHaveLength(4);
  });

  it('fails with what trying again cannot help', async () => {
    const end = watchOn(store, () => Promise.reject(new OrchestratorError('SETTLEMENT_CONFLICT', 'another contract')));
    await expect(end).rejects.toThrow('another contract');
  });

  it('does not wait for a job that an operator has to look at, nor for later blocks', async () => {
    await settling(55, 'Failed');
    await settling(57, 'Completed');
    await settling(58, 'PendingVerification');
    await watch(57);
    expect(ended).toBe(true);
  });
});
