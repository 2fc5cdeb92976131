import { beforeEach, describe, expect, it } from '@jest/globals';
import { untilSettled } from '../../src/app/until-settled.ts';
import { MemoryJobStore } from '../../src/database/memory/memory-job-store.ts';
import type { JobStatus } from '../../src/jobs/job.ts';
import { sampleJob } from '../conformance/sample-jobs.ts';
import { VirtualClock } from '../virtual-clock.ts';

describe('a program that ends once block 57 is settled', () => {
  let store: MemoryJobStore;
  let clock: VirtualClock;
  let ended: boolean;
  const stop = new AbortController();

  const watch = async (position: number): Promise<void> => {
    const end = untilSettled(57, store, { position: async () => position }, clock, stop.signal);
    void end.then(() => {
      ended = true;
    });
    await clock.advance(1_000);
  };
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

  it('does not wait for a job that an operator has to look at, nor for later blocks', async () => {
    await settling(55, 'Failed');
    await settling(57, 'Completed');
    await settling(58, 'PendingVerification');
    await watch(57);
    expect(ended).toBe(true);
  });
});
