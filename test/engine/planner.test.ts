import { describe, expect, it } from '@jest/globals';
import type { JobStore } from '../../src/database/job-store.ts';
import type { Job } from '../../src/jobs/job.ts';
import { FakeContract } from './fake-contract.ts';
import { blocksOf, eventsOf, jobOf, range, VirtualInstances } from './instances.ts';
import { intercept } from './intercept.ts';
import { STAGES, Stages } from './stages.ts';

/** Settlement stands still: nothing gets further than the data stage. */
const unsettled = (contract: FakeContract): Stages =>
  new Stages(contract, {
    script: async ({ type }) =>
      type === 'StateTransition' ? { kind: 'deferred', retryAfterMs: 60_000, waitingFor: 'a better day' } : undefined,
  });

/** Store without a job that an operator or a damaged backup took away. */
function without(store: JobStore, hidden: { id: string | undefined }): JobStore {
  const keep = (job: Job | undefined): Job | undefined => (job?.id === hidden.id ? undefined : job);
  return intercept(store, async (method, run) => {
    const answer = await run();
    if (method === 'list' || method === 'due') return (answer as Job[]).filter((job) => keep(job));
    if (method === 'get' || method === 'find' || method === 'latest') return keep(answer as Job | undefined);
    return answer;
  });
}

describe('planner', () => {
  it('starts after the contract position and keeps within the buffer, however far ahead the chain is', async () => {
    const world = new VirtualInstances();
    const contract = new FakeContract(100_999, 999);
    const instance = world.instance('one', contract, unsettled(contract), { cronMs: 1_000 });
    await instance.start();
    await world.clock.advance(30_000);
    expect(await blocksOf(world.store, 'SnosRun')).toEqual(range(1_000, 1_049));
    expect(await blocksOf(world.store, 'DataSubmission', 'Completed')).toEqual(range(1_000, 1_049));
    expect(await blocksOf(world.store, 'StateTransition')).toEqual([1_000]);
    await world.during(instance.stop(0));
  });

  it('notes the cron message that found a block in the history of its first job', async () => {
    const world = new VirtualInstances();
    const contract = new FakeContract(undefined);
    const instance = world.instance('one', contract, unsettled(contract), { cronMs: 3_600_000 });
    await instance.start();
    await world.clock.advance(10_000);
    contract.newest = 0;
    await world.during(instance.triggers.trigger('Snos', 'message-1'));
    const [created] = (await jobOf(world.store, 'SnosRun', 0)).history;
    expect(created).toMatchObject({ event: 'created', note: 'cron message message-1' });
    await world.during(instance.stop(0));
  });

  it('takes one new block for each one that is settled', async () => {
    const world = new VirtualInstances();
    const contract = new FakeContract(100_000);
    let most = 0;
    const instance = world.instance('one', contract, new Stages(contract), {
      bufferSize: 5,
      replace: {
        onProgress: () => {
          void blocksOf(world.store, 'SnosRun').then((blocks) => {
            most = Math.max(most, blocks.length - contract.accepted.length);
          });
        },
      },
    });
    await instance.start();
    await world.until('20 blocks settled', () => contract.accepted.length >= 20);
    await world.during(instance.stop(1_000));
    expect(most).toBe(5);
    expect(contract.accepted.slice(0, 20)).toEqual(range(0, 19));
    expect(contract.violations).toEqual([]);
  });

  it('honours the first and the last block of the settings', async () => {
    const world = new VirtualInstances();
    const contract = new FakeContract(50, 9);
    const instance = world.instance('one', contract, unsettled(contract), {
      minBlock: 12,
      maxBlock: 14,
      cronMs: 1_000,
    });
    await instance.start();
    await world.clock.advance(10_000);
    expect(await blocksOf(world.store, 'SnosRun')).toEqual([12, 13, 14]);
    await world.during(instance.stop(0));
  });

  it('waits for a chain without blocks, and for blocks that are not final yet', async () => {
    const world = new VirtualInstances();
    const contract = new FakeContract(undefined);
    const instance = world.instance('one', contract, new Stages(contract), { cronMs: 1_000 });
    await instance.start();
    await world.clock.advance(5_000);
    expect(await blocksOf(world.store, 'SnosRun')).toEqual([]);
    contract.newest = 1;
    await world.until('both settled', () => contract.settled === 1);
    await world.during(instance.stop(0));
  });

  it('makes a successor again that is missing, and no job twice', async () => {
    const world = new VirtualInstances();
    const contract = new FakeContract(4);
    const first = world.instance('one', contract, unsettled(contract), { cronMs: 1_000 });
    await first.start();
    await world.clock.advance(5_000);
    await world.during(first.stop(0));
    const lost = await jobOf(world.store, 'ProofCreation', 2);
    const rest: JobStore = without(world.store, { id: lost.id });
    const created: string[] = [];
    const counting = intercept(rest, async (method, run, args) => {
      if (method !== 'insert') return run();
      const jobs = args[0] as readonly Job[];
      for (const job of jobs) created.push(`${job.job_type} ${job.internal_id}`);
      return jobs.map(() => ({ kind: 'inserted', delivered: false }));
    });
    const second = world.instance('two', contract, unsettled(contract), { replace: { store: counting } });
    await world.during(second.triggers.trigger('Proving'));
    expect(created).toEqual(['ProofCreation 2']);
  });

  it('settles only what comes next, whatever order the data stage ends in', async () => {
    const world = new VirtualInstances();
    const contract = new FakeContract(9);
    const stages = new Stages(contract, {
      script: async ({ type, block }, work) => {
        if (type === 'DataSubmission') await work.clock.sleep((10 - block) * 1_000, work.signal);
        return undefined;
      },
    });
    const instance = world.instance('one', contract, stages);
    const settledBefore: boolean[] = [];
    await instance.start();
    await world.until(
      'data of block 1 is there',
      async () => (await world.store.find('DataSubmission', 1))?.status === 'Completed',
    );
    settledBefore.push((await world.store.latest('StateTransition')) === undefined);
    await world.until(
      'all settled',
      async () => (await blocksOf(world.store, 'StateTransition', 'Completed')).length === 10,
    );
    await world.during(instance.stop(0));
    expect(settledBefore).toEqual([true]);
    expect(contract.accepted).toEqual(range(0, 9));
    expect(stages.count({ type: 'StateTransition', phase: 'process' })).toBe(10);
  });

  it('creates nothing twice when several plan at once', async () => {
    const world = new VirtualInstances();
    const contract = new FakeContract(30);
    const stages = new Stages(contract);
    const instances = ['one', 'two', 'three'].map((name) =>
      world.instance(name, contract, stages, { bufferSize: 7, cronMs: 500 }),
    );
    await Promise.all(instances.map((instance) => instance.start()));
    await world.until(
      'all settled',
      async () => (await blocksOf(world.store, 'StateTransition', 'Completed')).length === 31,
    );
    await world.during(Promise.all(instances.map((instance) => instance.stop(0))));
    for (const type of STAGES) expect(await blocksOf(world.store, type)).toEqual(range(0, 30));
    for (const type of STAGES) expect(stages.count({ type, phase: 'process' })).toBe(31);
    expect(contract.accepted).toEqual(range(0, 30));
    expect(contract.violations).toEqual([]);
  });

  it('brings settled jobs back when the contract falls behind them, with the same transactions', async () => {
    const world = new VirtualInstances();
    const contract = new FakeContract(5);
    const stages = new Stages(contract);
    const instance = world.instance('one', contract, stages, { cronMs: 1_000 });
    await instance.start();
    await world.until(
      'all settled',
      async () => (await blocksOf(world.store, 'StateTransition', 'Completed')).length === 6,
    );
    contract.settled = 2;
    await world.until(
      'jobs are back',
      async () => (await blocksOf(world.store, 'StateTransition', 'PendingVerification')).length === 3,
    );
    await world.until(
      'all settled again',
      async () => (await blocksOf(world.store, 'StateTransition', 'Completed')).length === 6,
    );
    await world.during(instance.stop(0));
    expect(contract.accepted).toEqual([0, 1, 2, 3, 4, 5, 3, 4, 5]);
    expect(contract.violations).toEqual([]);
    expect(stages.count({ type: 'StateTransition', phase: 'process' })).toBe(6);
    expect(eventsOf(await jobOf(world.store, 'StateTransition', 2)).reorged).toBeUndefined();
    expect(eventsOf(await jobOf(world.store, 'StateTransition', 3)).reorged).toBe(1);
  });

  it('does not take a job that completes while the contract answers for one that a reorg took away', async () => {
    const world = new VirtualInstances();
    const contract = new FakeContract(1);
    const gate = { settlement: true };
    let answers: Promise<void> | undefined;
    const chain = {
      head: () => contract.head(),
      position: async () => {
        const at = contract.settled;
        await answers;
        return at;
      },
    };
    const stages = new Stages(contract, {
      script: async ({ type, phase, block }) =>
        type === 'StateTransition' && phase === 'process' && block === 1 && !gate.settlement
          ? { kind: 'deferred', retryAfterMs: 100, waitingFor: 'the test' }
          : undefined,
    });
    const isSettled = async (block: number): Promise<boolean> =>
      (await world.store.find('StateTransition', block))?.status === 'Completed';
    gate.settlement = false;
    const instance = world.instance('one', contract, stages, { replace: { chain } });
    await instance.start();
    await world.until('the first is settled', () => isSettled(0));
    let answer: () => void = () => undefined;
    answers = new Promise((resolve) => {
      answer = resolve;
    });
    const pass = instance.triggers.trigger('UpdateState');
    gate.settlement = true;
    await world.until('the second is settled', () => isSettled(1));
    answers = undefined;
    answer();
    await world.during(pass);
    await world.clock.advance(1_000);
    await world.during(instance.stop(0));
    for (const block of [0, 1])
      expect(eventsOf(await jobOf(world.store, 'StateTransition', block)).reorged).toBeUndefined();
  });

  it('reopens nothing because one of several nodes is behind, and asks once while nothing is wrong', async () => {
    const world = new VirtualInstances();
    const contract = new FakeContract(3);
    let asked = 0;
    let isBehind = (_asked: number): boolean => false;
    const chain = {
      head: () => contract.head(),
      position: async () => {
        asked += 1;
        return contract.settled - (isBehind(asked) ? 2 : 0);
      },
    };
    const instance = world.instance('one', contract, new Stages(contract), { replace: { chain } });
    await instance.start();
    await world.until(
      'all settled',
      async () => (await blocksOf(world.store, 'StateTransition', 'Completed')).length === 4,
    );
    const pass = async (): Promise<number> => {
      asked = 0;
      await world.during(instance.triggers.trigger('UpdateState'));
      return asked;
    };
    expect(await pass()).toBe(1);
    isBehind = (count) => count % 2 === 1;
    for (let passes = 0; passes < 5; passes += 1) expect(await pass()).toBe(2);
    await world.during(instance.stop(0));
    for (const job of await world.store.list({ types: ['StateTransition'], limit: 10 }))
      expect(eventsOf(job).reorged).toBeUndefined();
  });

  it('plans no settlement on top of one that a reorg took away', async () => {
    const world = new VirtualInstances();
    const contract = new FakeContract(3);
    const gate = { data: false, settlement: true };
    const stages = new Stages(contract, {
      script: async ({ type, phase, block }) => {
        const later = { retryAfterMs: 500, waitingFor: 'the test' };
        if (type === 'DataSubmission' && block === 3 && !gate.data) return { kind: 'deferred', ...later };
        return type === 'StateTransition' && phase === 'verify' && !gate.settlement
          ? { kind: 'pending', ...later }
          : undefined;
      },
    });
    const settled = async (count: number): Promise<boolean> =>
      (await blocksOf(world.store, 'StateTransition', 'Completed')).length === count;
    const instance = world.instance('one', contract, stages, { cronMs: 500 });
    await instance.start();
    await world.until('three settled', () => settled(3));
    gate.settlement = false;
    contract.settled = 0;
    await world.until('two are back', () => settled(1));
    gate.data = true;
    await world.until(
      'data is there',
      async () => (await jobOf(world.store, 'DataSubmission', 3)).status === 'Completed',
    );
    await world.clock.advance(3_000);
    expect(await blocksOf(world.store, 'StateTransition')).toEqual([0, 1, 2]);
    gate.settlement = true;
    await world.until('all settled', () => settled(4));
    await world.during(instance.stop(0));
    expect(contract.accepted).toEqual([0, 1, 2, 1, 2, 3]);
    expect(contract.violations).toEqual([]);
  });

  it('goes on when the contract is ahead of its jobs, and still keeps within the buffer', async () => {
    const world = new VirtualInstances();
    const contract = new FakeContract(9);
    const stages = unsettled(contract);
    const before = world.instance('one', contract, stages, { cronMs: 1_000, bufferSize: 10 });
    await before.start();
    await world.until(
      'data is there',
      async () => (await blocksOf(world.store, 'DataSubmission', 'Completed')).length === 10,
    );
    await world.during(before.stop(0));
    // Somebody else settled a lot meanwhile.
    contract.newest = 5_000;
    contract.settled = 4_000;
    const after = world.instance('two', contract, unsettled(contract), { cronMs: 1_000, bufferSize: 10 });
    await after.start();
    await world.clock.advance(20_000);
    await world.during(after.stop(0));
    expect((await blocksOf(world.store, 'SnosRun')).length).toBeLessThanOrEqual(20);
    const rest = world.instance('three', contract, new Stages(contract), { cronMs: 1_000, bufferSize: 10 });
    await rest.start();
    await world.until(
      'ours are all settled',
      async () => (await blocksOf(world.store, 'StateTransition', 'Completed')).length >= 30,
      900_000,
    );
    await world.during(rest.stop(0));
    expect(contract.violations).toEqual([]);
  });
});
