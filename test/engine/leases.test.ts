import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { Job } from '../../src/jobs/job.ts';
import { FakeContract } from './fake-contract.ts';
import { blocksOf, EmbeddedInstances, eventsOf, jobOf } from './instances.ts';
import { intercept } from './intercept.ts';
import { completed, Stages } from './stages.ts';

const LEASE_MS = 1_000;
const engine = { leaseMs: LEASE_MS, heartbeatMs: 200, visibilityMs: LEASE_MS };
const options = { engine, reconcileMs: 50 };

/** Whether the arguments of a commit are those of a heartbeat. */
function isRenewal([change]: readonly unknown[]): boolean {
  const { expected, job } = change as { expected: { leaseToken: number | null }; job: Job };
  return expected.leaseToken !== null && job.lease?.token === expected.leaseToken;
}

describe('leases in real time, two instances on one file', () => {
  let world: EmbeddedInstances;
  let contract: FakeContract;
  beforeEach(() => {
    world = new EmbeddedInstances();
    contract = new FakeContract(0);
  });
  afterEach(() => world.close());

  it('a handler that runs three times longer than its lease is executed once', async () => {
    const stages = new Stages(contract, {
      script: async ({ type }, work) => {
        if (type === 'SnosRun') await work.clock.sleep(3 * LEASE_MS, work.signal);
        return undefined;
      },
    });
    for (const name of ['one', 'two']) await (await world.instance(name, contract, stages, options)).start();
    const { store } = await world.open();
    await world.until('settled', async () => (await blocksOf(store, 'StateTransition', 'Completed')).length === 1);
    const job = await jobOf(store, 'SnosRun', 0);
    expect(stages.count({ type: 'SnosRun' })).toBe(1);
    expect(eventsOf(job)).toEqual({ created: 1, completed: 1 });
    // Created and leased by one write, completed by another: what lies between are heartbeats.
    expect(job.version).toBeGreaterThan(5);
    expect(job.attempts.lost_leases).toBe(0);
  });

  it.each([
    ['fail', () => Promise.reject(new Error('the disk is away'))],
    ['get no answer', () => new Promise<never>(() => undefined)],
  ])('a handler whose heartbeats %s is told, and what it brings is dropped', async (_, renewal) => {
    let aborted: unknown;
    let refused: unknown;
    let letGo: () => void = () => undefined;
    const ended = new Promise<void>((resolve) => {
      letGo = resolve;
    });
    const stages = new Stages(contract, {
      script: async ({ instance, type }, work, job) => {
        if (instance !== 'sick' || type !== 'SnosRun') return undefined;
        // Deaf to its signal: works on until the other instance is through with the block.
        work.signal.addEventListener('abort', () => {
          aborted = work.signal.reason;
        });
        await ended;
        refused = await work.fence().catch((error: unknown) => error);
        return { ...completed(job), externalId: 'of a former holder' };
      },
    });
    const { store } = await world.open();
    const deaf = intercept(store, (method, run, args) => (method === 'commit' && isRenewal(args) ? renewal() : run()));
    const sick = await world.instance('sick', contract, stages, {
      ...options,
      reconcileMs: 3_600_000, // or it might free and take its own lost job
      replace: { store: deaf },
    });
    await sick.start();
    await world.until('the sick one works', () => stages.calls.length === 1);
    await (await world.instance('sound', contract, stages, options)).start();
    await world.until('settled', async () => (await blocksOf(store, 'StateTransition', 'Completed')).length === 1);
    await world.until('the signal fires', () => aborted !== undefined);
    letGo();
    await world.until('the former holder has asked', () => refused !== undefined);
    const job = await jobOf(store, 'SnosRun', 0);
    expect(aborted).toMatchObject({ code: 'LEASE_LOST' });
    expect(refused).toMatchObject({ code: 'LEASE_LOST' });
    expect(eventsOf(job)).toEqual({ created: 1, 'lease-expired': 1, completed: 1 });
    expect(job.external_id).toBe('run-0');
    expect(job.attempts).toMatchObject({ lost_leases: 1, process: 0 });
    expect(stages.count({ type: 'SnosRun', instance: 'sound' })).toBe(1);
  });

  it('a result that comes after the lease was lost unnoticed is refused by the database', async () => {
    let letGo: () => void = () => undefined;
    const ended = new Promise<void>((resolve) => {
      letGo = resolve;
    });
    const stages = new Stages(contract, {
      script: async ({ instance, type }, work, job) => {
        if (instance !== 'frozen' || type !== 'SnosRun') return undefined;
        await ended;
        expect(work.signal.aborted).toBe(false);
        return { ...completed(job), externalId: 'of a former holder' };
      },
    });
    const { store } = await world.open();
    let conflicts = 0;
    const watched = intercept(store, async (method, run) => {
      const answer = (await run()) as { kind: string };
      if (method === 'commit' && answer.kind === 'conflict') conflicts += 1;
      return answer;
    });
    // Its heart does not beat, so it never learns that its lease ran out.
    const frozen = await world.instance('frozen', contract, stages, {
      engine: { ...engine, heartbeatMs: 3_600_000 },
      reconcileMs: 3_600_000,
      replace: { store: watched },
    });
    await frozen.start();
    await world.until('it works', () => stages.calls.length === 1);
    await (await world.instance('sound', contract, stages, options)).start();
    await world.until('settled', async () => (await blocksOf(store, 'StateTransition', 'Completed')).length === 1);
    const before = await jobOf(store, 'SnosRun', 0);
    letGo();
    await world.until('its result is refused', () => conflicts > 0 && frozen.engine.running === 0);
    expect(await jobOf(store, 'SnosRun', 0)).toEqual(before);
    expect(eventsOf(before)).toEqual({ created: 1, 'lease-expired': 1, completed: 1 });
    expect(await blocksOf(store, 'ProofCreation')).toEqual([0]);
  });
});
