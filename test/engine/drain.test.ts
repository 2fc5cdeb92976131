import { afterEach, describe, expect, it } from '@jest/globals';
import { OrchestratorError } from '../../src/errors/orchestrator-error.ts';
import type { WorkContext } from '../../src/jobs/job-handler.ts';
import { FakeContract } from './fake-contract.ts';
import { blocksOf, EmbeddedInstances, eventsOf, jobOf, VirtualInstances } from './instances.ts';
import { intercept, interceptQueues } from './intercept.ts';
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

const noDatabase = (): OrchestratorError =>
  new OrchestratorError('DATABASE_UNAVAILABLE', 'no answer', { retry: 'dependency-down', dependency: 'mongodb' });

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

  it('begins nothing that is planned while it ends', async () => {
    const world = new VirtualInstances();
    const contract = new FakeContract(0);
    const stages = new Stages(contract);
    let inserting = false;
    const store = intercept(world.store, async (method, run) => {
      if (method !== 'insert') return run();
      inserting = true;
      await world.clock.sleep(2_000);
      return run();
    });
    const instance = world.instance('one', contract, stages, { replace: { store } });
    await instance.start();
    await world.until('it plans', () => inserting);
    await world.during(instance.stop(10_000));
    await world.clock.advance(1_000);
    expect(stages.calls).toEqual([]);
    expect(await jobOf(world.store, 'SnosRun', 0)).toMatchObject({ status: 'Created', lease: null });
  });

  it.each([30_000, 600_000])(
    'does not wait for the end of a lease of %d ms while the database is gone',
    async (leaseMs) => {
      const world = new VirtualInstances();
      const contract = new FakeContract(0);
      const stages = slowFirst(contract, 5_000);
      let gone = false;
      let refused = 0;
      const store = intercept(world.store, async (_, run) => {
        if (!gone) return run();
        await world.clock.sleep(7_000);
        refused += 1;
        throw noDatabase();
      });
      const engine = { leaseMs, heartbeatMs: leaseMs / 3 };
      const instance = world.instance('one', contract, stages, { replace: { store }, engine });
      await instance.start();
      await world.until('it works', () => stages.calls.length === 1);
      gone = true;
      const before = world.clock.now();
      await world.during(instance.stop(10_000));
      expect(world.clock.now() - before).toBe(15_000);
      // It tries nothing more but what was under way or next in turn.
      await world.clock.advance(20_000);
      const last = refused;
      await world.clock.advance(leaseMs);
      expect(refused).toBe(last);
      const next = world.instance('two', contract, stages);
      await next.start();
      await world.until('settled', () => contract.settled === 0);
      await world.during(next.stop(0));
    },
  );

  it('hands back to a database that comes back a moment after the grace time', async () => {
    const world = new VirtualInstances();
    const contract = new FakeContract(0);
    const stages = slowFirst(contract, 1_000_000);
    let goneUntil = 0;
    const store = intercept(world.store, async (_, run) => {
      if (world.clock.now() < goneUntil) throw noDatabase();
      return run();
    });
    const instance = world.instance('one', contract, stages, { replace: { store } });
    await instance.start();
    await world.until('it works', () => stages.calls.length === 1);
    const before = world.clock.now();
    goneUntil = before + 12_000;
    await world.during(instance.stop(10_000));
    expect(world.clock.now() - before).toBeLessThan(15_000);
    const job = await jobOf(world.store, 'SnosRun', 0);
    expect(job).toMatchObject({ status: 'Created', lease: null, attempts: { lost_leases: 0 } });
  });

  it.each(['get', 'send'])('does not wait for a %s without an answer', async (silent) => {
    const world = new VirtualInstances();
    const contract = new FakeContract(0);
    const stages = new Stages(contract, {
      script: async ({ phase }) =>
        phase === 'verify' ? { kind: 'pending', retryAfterMs: 15_000, waitingFor: 'the prover' } : undefined,
    });
    let asked = 0;
    const around = (method: string, run: () => Promise<unknown>): Promise<unknown> => {
      if (method !== silent) return run();
      asked += 1;
      return new Promise<never>(() => undefined);
    };
    const replace = { store: intercept(world.store, around), queues: interceptQueues(world.queues, around) };
    const instance = world.instance('one', contract, stages, { replace });
    await instance.start();
    const waits = async () => (await world.store.find('ProofCreation', 0))?.waiting_for === 'the prover';
    await world.until('the proof waits', waits);
    const { id } = await jobOf(world.store, 'ProofCreation', 0);
    const message = { body: JSON.stringify({ id }), attributes: {}, delayMs: 0 };
    await world.queues.queue('proving_job_verification').send([message]);
    if (silent === 'get') await world.until('it reads', () => asked > 0);
    const before = world.clock.now();
    await world.during(instance.stop(3_000));
    expect(asked).toBeGreaterThan(0);
    expect(world.clock.now() - before).toBe(8_000);
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
