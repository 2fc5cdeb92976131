import { randomUUID } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import type { Alert } from '../../src/alerts/alert-sink.ts';
import { OrchestratorError } from '../../src/errors/orchestrator-error.ts';
import { engineSettings } from '../../src/jobs/engine-settings.ts';
import { newSnosJob } from '../../src/jobs/new-jobs.ts';
import type { OutgoingMessage } from '../../src/queues/queue.ts';
import { FakeContract } from './fake-contract.ts';
import { blocksOf, jobOf, range, VirtualInstances } from './instances.ts';
import { intercept, interceptQueues } from './intercept.ts';
import { STAGES, Stages } from './stages.ts';

const refused = (): never => {
  throw new OrchestratorError('QUEUE_UNAVAILABLE', 'the queue does not answer', { retry: 'dependency-down' });
};

describe('outbox over a store that shares no transaction with the queues', () => {
  it('is repaired by the reconciler after a crash between commit and publication', async () => {
    const world = new VirtualInstances();
    const contract = new FakeContract(5);
    const stages = new Stages(contract);
    // Nothing that follows from a commit ever gets out while the instance "dies" at that point; slots of 1 keep direct hand-over rare.
    let dying = true;
    const queues = interceptQueues(world.queues, async (method, run) =>
      method === 'send' && dying ? refused() : run(),
    );
    const store = intercept(world.store, async (method, run, args) => {
      const successors =
        method === 'insert' && (args[0] as { job_type: string }[]).some((job) => job.job_type !== 'SnosRun');
      return successors && dying ? refused() : run();
    });
    const instance = world.instance('one', contract, stages, {
      engine: { concurrency: () => 1 },
      cronMs: 3_600_000,
      replace: { store, queues },
    });
    await instance.start();
    await world.clock.advance(60_000);
    expect(await blocksOf(world.store, 'SnosRun', 'Completed')).not.toEqual([]);
    expect(await blocksOf(world.store, 'ProofCreation')).toEqual([]);
    for (const block of await blocksOf(world.store, 'SnosRun', 'Completed')) {
      expect((await jobOf(world.store, 'SnosRun', block)).outbox.entries).toMatchObject([{ kind: 'successor' }]);
    }
    dying = false;
    await world.until(
      'all settled',
      async () => (await blocksOf(world.store, 'StateTransition', 'Completed')).length === 6,
    );
    await world.during(instance.stop(0));
    for (const type of STAGES) {
      expect(await blocksOf(world.store, type)).toEqual(range(0, 5));
      expect(stages.count({ type, phase: 'process' })).toBe(6);
      for (const block of range(0, 5)) expect((await jobOf(world.store, type, block)).outbox.entries).toEqual([]);
    }
  });

  it('sends a wake-up ever more rarely while its job only waits for a slot', async () => {
    const world = new VirtualInstances();
    const contract = new FakeContract(8);
    const sentAt = new Map<string, number[]>();
    const queues = interceptQueues(world.queues, async (method, run, [messages]) => {
      if (method === 'send')
        for (const { body } of messages as OutgoingMessage[])
          sentAt.set(body, [...(sentAt.get(body) ?? []), world.clock.now()]);
      return run();
    });
    const stages = new Stages(contract, {
      script: async ({ type, block }, work) => {
        if (type === 'SnosRun' && block === 0) await work.clock.sleep(3_600_000, work.signal);
        return undefined;
      },
    });
    const { timeoutMs } = engineSettings({ instance: 'one', version: '0.1.0' });
    const instance = world.instance('one', contract, stages, {
      engine: { concurrency: () => 1, timeoutMs: { ...timeoutMs, SnosRun: 7_200_000 } },
      replace: { queues },
    });
    await instance.start();
    await world.clock.advance(1_800_000);
    const waiting = await jobOf(world.store, 'SnosRun', 5);
    expect(waiting).toMatchObject({ status: 'Created', lease: null });
    const times = sentAt.get(JSON.stringify({ id: waiting.id })) ?? [];
    // The reconciler looks once a second.
    const gaps = times.slice(1).map((at, index) => Math.floor((at - (times[index] ?? 0)) / 10_000) * 10);
    expect(gaps).toEqual([30, 60, 120, 240, 480, 600]);
    expect((await world.queues.queue('snos_job_processing').depth()).ready).toBe(8 * times.length);
    // Late or not, all are worked off once there is room again.
    await world.until(
      'all are done',
      async () => (await blocksOf(world.store, 'SnosRun', 'Completed')).length === 9,
      7_200_000,
    );
    await world.during(instance.stop(0));
  });

  it('sends an alert under one fingerprint until it is taken, and then no more', async () => {
    const world = new VirtualInstances();
    const contract = new FakeContract(0);
    const stages = new Stages(contract, {
      script: async () => {
        throw new OrchestratorError('OUTPUT_MISMATCH', 'the roots differ', { retry: 'permanent' });
      },
    });
    const offered: Alert[] = [];
    const taken: Alert[] = [];
    const alerts = {
      send: async (alert: Alert): Promise<void> => {
        offered.push(alert);
        if (offered.length === 2) taken.push(alert); // taken, but the answer is lost
        if (offered.length <= 2) throw new Error('the topic does not answer');
        taken.push(alert);
      },
    };
    const instance = world.instance('one', contract, stages, { replace: { alerts } });
    await instance.start();
    await world.clock.advance(120_000);
    await world.during(instance.stop(0));
    expect(taken.length).toBe(2);
    expect(offered.length).toBe(3);
    expect(new Set(offered.map((alert) => alert.fingerprint)).size).toBe(1);
    const job = await jobOf(world.store, 'SnosRun', 0);
    expect(job).toMatchObject({ status: 'Failed', next_action_at: null, outbox: { entries: [] } });
  });

  it('does not spin while nothing can be sent', async () => {
    const world = new VirtualInstances();
    const jobs = range(0, 449).map((block) => newSnosJob({ first: block, last: block }, randomUUID()));
    let sends = 0;
    const queues = interceptQueues(world.queues, async (method, run) => {
      if (method !== 'send') return run();
      sends += 1;
      return sends > 20_000 ? run() : refused();
    });
    const instance = world.instance('one', new FakeContract(undefined), new Stages(new FakeContract(undefined)), {
      engine: { concurrency: () => 1 },
      reconcileMs: 10_000,
      replace: { queues },
    });
    await world.during(instance.engine.create(jobs));
    await world.clock.advance(60_000);
    sends = 0;
    await instance.start();
    await world.clock.advance(5_000);
    await world.during(instance.stop(0));
    expect(sends).toBeGreaterThan(0);
    expect(sends).toBeLessThanOrEqual(2 * jobs.length);
  });
});
