import { describe, expect, it } from '@jest/globals';
import { OrchestratorError } from '../../src/errors/orchestrator-error.ts';
import { FakeContract } from './fake-contract.ts';
import { blocksOf, jobOf, range, seededEntropy, VirtualInstances } from './instances.ts';
import { intercept, interceptQueues } from './intercept.ts';
import { STAGES, Stages } from './stages.ts';

const LAST = 9;

describe.each(range(1, 6))('a store and queues that fail at random, seed %d', (seed) => {
  it('lose nothing and do nothing twice: all blocks are settled once the faults stop', async () => {
    const world = new VirtualInstances();
    const contract = new FakeContract(LAST);
    const stages = new Stages(contract, { workMs: 500 });
    const { random } = seededEntropy(seed);
    let faulty = true;
    let faults = 0;
    const fault = (): OrchestratorError => {
      faults += 1;
      return new OrchestratorError('DATABASE_UNAVAILABLE', 'no answer', {
        retry: 'dependency-down',
        dependency: 'database',
      });
    };
    const around = async (_: string, run: () => Promise<unknown>): Promise<unknown> => {
      // Answers take their time, so that calls of one cut into those of the other.
      await world.clock.sleep(random() * 40);
      if (!faulty) return run();
      const fate = random();
      if (fate < 0.15) throw fault();
      const answer = await run();
      if (fate < 0.3) throw fault();
      return answer;
    };
    const replace = {
      store: intercept(world.store, around),
      queues: interceptQueues(world.queues, around),
      locks: intercept(world.locks, around),
    };
    const instances = ['one', 'two'].map((name) =>
      world.instance(name, contract, stages, {
        engine: { concurrency: () => 2 },
        cronMs: 10_000,
        bufferSize: 6,
        replace,
      }),
    );
    for (const instance of instances) await instance.start();
    await world.clock.advance(600_000);
    faulty = false;
    await world.until(
      'settled',
      async () => (await blocksOf(world.store, 'StateTransition', 'Completed')).length === LAST + 1,
    );
    await world.clock.advance(60_000);
    await world.during(Promise.all(instances.map((instance) => instance.stop(0))));
    expect(faults).toBeGreaterThan(100);
    expect(contract.accepted).toEqual(range(0, LAST));
    expect(contract.violations).toEqual([]);
    for (const type of STAGES) {
      expect(await blocksOf(world.store, type, 'Completed')).toEqual(range(0, LAST));
      for (const block of range(0, LAST)) {
        const job = await jobOf(world.store, type, block);
        expect(job).toMatchObject({ lease: null, next_action_at: null, outbox: { entries: [] } });
        expect(job.history.filter(({ event }) => event === 'completed').length).toBe(1);
      }
    }
  });
});

describe('a store that is down while a result waits to be committed', () => {
  const down = new OrchestratorError('DATABASE_UNAVAILABLE', 'no answer', {
    retry: 'dependency-down',
    dependency: 'database',
  });

  it.each([
    ['back before the lease ends', 20_000, 1],
    ['away for longer than the lease', 60_000, 2],
  ])('%s', async (_, outageMs, runs) => {
    const world = new VirtualInstances();
    const contract = new FakeContract(0);
    const stages = new Stages(contract, { workMs: 1_000 });
    let brokenUntil = Number.NEGATIVE_INFINITY;
    const store = intercept(world.store, async (_method, run) => {
      if (world.clock.now() < brokenUntil) throw down;
      return run();
    });
    const instance = world.instance('one', contract, stages, { cronMs: 10_000, replace: { store } });
    await instance.start();
    await world.clock.advance(500);
    brokenUntil = world.clock.now() + outageMs;
    await world.until('settled', () => contract.accepted.length === 1);
    await world.during(instance.stop(0));
    const job = await jobOf(world.store, 'SnosRun', 0);
    expect(stages.count({ type: 'SnosRun', phase: 'process' })).toBe(runs);
    expect(job.attempts).toMatchObject({ process: 0, lost_leases: runs - 1 });
  });
});
