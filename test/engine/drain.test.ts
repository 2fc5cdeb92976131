import { afterEach, describe, expect, it } from '@jest/globals';
import type { WorkContext } from '../../src/jobs/job-handler.ts';
import { FakeContract } from './fake-contract.ts';
import { blocksOf, EmbeddedInstances, eventsOf, jobOf, VirtualInstances } from './instances.ts';
import { intercept } from './intercept.ts';
import { Stages } from './stages.ts';

/** SnosRun handlers that work for `ms` on their first call, whatever their signal says. */
function slowFirst(contract: FakeContract, ms: number, deaf = true): Stages {
  let first = true;
  return new Stages(contract, {
    script: async ({ type }, work: WorkContext) => {
      if (type !== 'SnosRun' || !first) return undefined;
      first = false;
      await work.clock.sleep(ms, deaf ? undefined : work.signal);
      return undefined;
    },
  });
}

describe('an instance that stops', () => {
  it('finishes what runs within the grace time, and starts nothing that follows', async () => {
    const world = new VirtualInstances();
    const contract = new FakeContract(3);
    const stages = slowFirst(contract, 3_000);
    const instance = world.instance('one', contract, stages, { engine: { concurrency: () => 1 }, cronMs: 1_000 });
    await instance.start();
    await world.until('it works', () => stages.calls.length === 1);
    const stopped = instance.stop(10_000);
    const before = world.clock.now();
    await world.during(stopped);
    expect(world.clock.now() - before).toBeLessThanOrEqual(3_100);
    expect(stages.calls.length).toBe(1);
    expect(instance.engine.running).toBe(0);
    expect((await jobOf(world.store, 'SnosRun', 0)).status).toBe('Completed');
    const next = await jobOf(world.store, 'ProofCreation', 0);
    expect(next).toMatchObject({ status: 'Created', lease: null });
    const depth = await world.queues.queue('proving_job_processing').depth();
    expect(depth.ready).toBe(1);
    const calls = stages.calls.length;
    await world.clock.advance(600_000);
    expect(stages.calls.length).toBe(calls);
  });

  it.each([
    ['heeds its signal', false],
    ['is deaf to its signal', true],
  ])('hands back what runs longer, also when the handler %s', async (_, deaf) => {
    const world = new VirtualInstances();
    const contract = new FakeContract(0);
    const stages = slowFirst(contract, 1_000_000, deaf);
    const instance = world.instance('one', contract, stages);
    await instance.start();
    await world.until('it works', () => stages.calls.length === 1);
    const before = world.clock.now();
    await world.during(instance.stop(5_000));
    expect(world.clock.now() - before).toBe(5_000);
    const job = await jobOf(world.store, 'SnosRun', 0);
    expect(job).toMatchObject({ status: 'Created', lease: null, attempts: { process: 0, lost_leases: 0 } });
    expect(job.outbox.due_at).toBeLessThanOrEqual(world.clock.now());
    expect((await world.queues.queue('snos_job_processing').depth()).ready).toBe(1);
    const next = world.instance('two', contract, stages);
    await next.start();
    await world.until('settled', () => contract.settled === 0, 2_000);
    await world.during(next.stop(0));
    expect(eventsOf(await jobOf(world.store, 'SnosRun', 0))).toEqual({ created: 1, released: 1, completed: 1 });
  });

  it('does not wait for a node that gives no answer', async () => {
    const world = new VirtualInstances();
    const contract = new FakeContract(0);
    const chain = intercept(contract, (method, run) =>
      method === 'head' ? new Promise<never>(() => undefined) : run(),
    );
    const instance = world.instance('one', contract, new Stages(contract), { cronMs: 1_000, replace: { chain } });
    await instance.start();
    await world.clock.advance(3_000);
    const before = world.clock.now();
    await world.during(Promise.all([instance.stop(5_000), instance.stop(5_000)]));
    expect(world.clock.now() - before).toBe(5_000);
  });

  it('takes up nothing that it received a moment before, once its time is over', async () => {
    const world = new VirtualInstances();
    const contract = new FakeContract(0);
    const stages = new Stages(contract);
    const other = world.instance('other', contract, new Stages(contract), { engine: { concurrency: () => 0 } });
    await world.during(other.triggers.trigger('Snos'));
    // The message is received, the job is read, and then the database takes its time.
    let read = false;
    const store = intercept(world.store, async (method, run) => {
      const answer = await run();
      if (method === 'get') {
        read = true;
        await world.clock.sleep(2_000);
      }
      return answer;
    });
    const instance = world.instance('one', contract, stages, { replace: { store } });
    await instance.start();
    await world.until('it reads', () => read);
    await world.during(instance.stop(1_000));
    expect(stages.calls).toEqual([]);
    expect(await jobOf(world.store, 'SnosRun', 0)).toMatchObject({ status: 'Created', lease: null });
    expect(await blocksOf(world.store, 'SnosRun')).toEqual([0]);
  });
});

describe('an instance on the embedded store that stops', () => {
  const world = new EmbeddedInstances();
  afterEach(() => world.close());

  it('leaves the block to the next one, which goes on at once', async () => {
    const contract = new FakeContract(0);
    const stages = slowFirst(contract, 10_000, false);
    const options = { reconcileMs: 3_600_000 };
    const instance = await world.instance('one', contract, stages, options);
    await instance.start();
    await world.until('it works', () => stages.calls.length === 1);
    await instance.stop(50);
    const { store } = await world.open();
    expect(await jobOf(store, 'SnosRun', 0)).toMatchObject({ status: 'Created', lease: null });
    // Neither a lease to wait for nor a reconciler to help: the message alone brings it on.
    await (await world.instance('two', contract, stages, options)).start();
    await world.until('settled', () => contract.settled === 0);
    expect(stages.count({ instance: 'two', type: 'SnosRun' })).toBe(1);
  });
});
