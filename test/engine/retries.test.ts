import { describe, expect, it } from '@jest/globals';
import type { Alert } from '../../src/alerts/alert-sink.ts';
import { OrchestratorError } from '../../src/errors/orchestrator-error.ts';
import { engineSettings } from '../../src/jobs/engine-settings.ts';
import { FakeContract } from './fake-contract.ts';
import { blocksOf, eventsOf, jobOf, VirtualInstances } from './instances.ts';
import { type Call, Stages } from './stages.ts';

const unreachable = (): OrchestratorError =>
  new OrchestratorError('NODE_UNREACHABLE', 'the node does not answer', {
    retry: 'dependency-down',
    dependency: 'starknet node',
  });

const throttled = (retryAfterMs?: number): OrchestratorError =>
  new OrchestratorError('NODE_RATE_LIMITED', 'slow down', {
    retry: 'rate-limited',
    dependency: 'starknet node',
    ...(retryAfterMs !== undefined && { retryAfterMs }),
  });

/** What happened to which dependency; the time behind it tells one outage from the next. */
const incidentOf = ({ fingerprint }: Pick<Alert, 'fingerprint'>): string => fingerprint.replace(/:\d+$/, '');

/** One block whose SnosRun does what `script` says; instants of its handler calls. */
function oneBlock(script: (attempt: number, call: Call) => Promise<undefined>, workMs = 20) {
  const world = new VirtualInstances();
  const contract = new FakeContract(0);
  const startedAt: number[] = [];
  const stages = new Stages(contract, {
    workMs,
    script: async (call) => {
      if (call.type !== 'SnosRun') return undefined;
      startedAt.push(world.clock.now());
      return script(startedAt.length, call);
    },
  });
  const gaps = (): number[] => startedAt.slice(1).map((at, index) => at - (startedAt[index] ?? at));
  const status = async (): Promise<string> => (await jobOf(world.store, 'SnosRun', 0)).status;
  const alerts = (): string[] => world.alerts.alerts.map((alert) => alert.text.split('\n')[0] ?? '');
  return { world, contract, stages, startedAt, gaps, status, alerts };
}

describe('retry classes', () => {
  it('permanent: Failed at once, one alert', async () => {
    const { world, contract, stages, startedAt, status, alerts } = oneBlock(async () => {
      throw new OrchestratorError('OUTPUT_MISMATCH', 'the roots differ', { retry: 'permanent', hint: 'compare them' });
    });
    const instance = world.instance('one', contract, stages, { cronMs: 10_000, reconcileMs: 10_000 });
    await instance.start();
    await world.clock.advance(3_600_000);
    await world.during(instance.stop(0));
    expect(await status()).toBe('Failed');
    expect(startedAt.length).toBe(1);
    expect(alerts()).toEqual(['Job Failed Alert']);
    const { common } = (await jobOf(world.store, 'SnosRun', 0)).metadata;
    expect(common.failure_reason).toBe('OUTPUT_MISMATCH: the roots differ (compare them)');
  });

  it.each([
    ['transient', () => new OrchestratorError('NODE_ERROR', 'flaky', { retry: 'transient' })],
    ['unknown', () => new TypeError('undefined is not a function')],
  ])('%s: five attempts with growing pauses, then Failed and one alert', async (_, error) => {
    const { world, contract, stages, startedAt, gaps, status, alerts } = oneBlock(async () => {
      throw error();
    });
    const instance = world.instance('one', contract, stages, { reconcileMs: 5_000 });
    await instance.start();
    await world.clock.advance(3_600_000);
    await world.during(instance.stop(0));
    expect(await status()).toBe('Failed');
    expect(startedAt.length).toBe(5);
    expect((await jobOf(world.store, 'SnosRun', 0)).attempts.process).toBe(5);
    expect(alerts()).toEqual(['Job Failed Alert']);
    for (const [attempt, gap] of gaps().entries()) {
      const ceiling = 1_000 * 2 ** attempt;
      expect(gap).toBeGreaterThanOrEqual(0.1 * ceiling);
      expect(gap).toBeLessThanOrEqual(ceiling);
    }
    expect(eventsOf(await jobOf(world.store, 'SnosRun', 0)).failed).toBeGreaterThan(0);
  });

  it('transient errors before a success leave no trace but the history', async () => {
    const { world, contract, stages, startedAt } = oneBlock(async (attempt) => {
      if (attempt < 5) throw new OrchestratorError('NODE_ERROR', `flaky ${attempt}`, { retry: 'transient' });
      return undefined;
    });
    const instance = world.instance('one', contract, stages);
    await instance.start();
    await world.until(
      'settled',
      async () => (await blocksOf(world.store, 'StateTransition', 'Completed')).length === 1,
    );
    await world.during(instance.stop(0));
    expect(startedAt.length).toBe(5);
    expect(world.alerts.alerts).toEqual([]);
  });

  it('rate-limited: waits at least as long as it was told, at no attempt', async () => {
    const { world, contract, stages, gaps, startedAt } = oneBlock(async (attempt) => {
      if (attempt > 2) return undefined;
      throw throttled(45_000);
    });
    const instance = world.instance('one', contract, stages);
    await instance.start();
    await world.until(
      'settled',
      async () => (await blocksOf(world.store, 'StateTransition', 'Completed')).length === 1,
    );
    await world.during(instance.stop(0));
    expect(startedAt.length).toBe(3);
    for (const gap of gaps()) {
      expect(gap).toBeGreaterThanOrEqual(45_000);
      expect(gap).toBeLessThanOrEqual(50_000);
    }
    expect((await jobOf(world.store, 'SnosRun', 0)).attempts.process).toBe(0);
  });

  it('rate-limited without end: fails nobody, pauses for five seconds at least, and is told once', async () => {
    let exhausted = true;
    const { world, contract, stages, gaps, alerts } = oneBlock(async () => {
      if (exhausted) throw throttled();
      return undefined;
    });
    const instance = world.instance('one', contract, stages);
    await instance.start();
    await world.clock.advance(3_600_000);
    expect(await jobOf(world.store, 'SnosRun', 0)).toMatchObject({ status: 'Created', attempts: { process: 0 } });
    expect(Math.min(...gaps())).toBeGreaterThanOrEqual(5_000);
    expect(alerts()).toEqual(['Dependency throttled: starknet node. Jobs wait for it; no attempt is used up.']);
    exhausted = false;
    await world.until(
      'settled',
      async () => (await blocksOf(world.store, 'StateTransition', 'Completed')).length === 1,
    );
    await world.during(instance.stop(0));
    expect(alerts().slice(1)).toEqual(['Dependency no longer throttled: starknet node.']);
  });

  it('deadline: HANDLER_TIMEOUT also when the handler ignores its signal, and its late result is dropped', async () => {
    const world = new VirtualInstances();
    const contract = new FakeContract(0);
    let release: () => void = () => undefined;
    const late = new Promise<void>((resolve) => {
      release = resolve;
    });
    let reason: unknown;
    let refused: unknown;
    const stages = new Stages(contract, {
      script: async ({ type, phase }, work, job) => {
        if (type !== 'SnosRun' || stages.count({ type, phase }) > 1) return undefined;
        work.signal.addEventListener('abort', () => {
          reason = work.signal.reason;
        });
        await late;
        refused = await work.fence().catch((error: unknown) => error);
        return { kind: 'completed', externalId: 'too late', specific: job.metadata.specific };
      },
    });
    const timeoutMs = { ...engineSettings({ instance: '', version: '' }).timeoutMs, SnosRun: 7_000 };
    const instance = world.instance('one', contract, stages, { engine: { timeoutMs } });
    await instance.start();
    await world.clock.advance(7_000);
    const job = await jobOf(world.store, 'SnosRun', 0);
    expect(reason).toMatchObject({ code: 'HANDLER_TIMEOUT' });
    expect(job).toMatchObject({ status: 'PendingRetry', lease: null, attempts: { process: 1 } });
    expect(job.metadata.common.failure_reason).toContain('HANDLER_TIMEOUT');
    release();
    await world.until(
      'settled',
      async () => (await blocksOf(world.store, 'StateTransition', 'Completed')).length === 1,
    );
    await world.during(instance.stop(0));
    expect(refused).toMatchObject({ code: 'HANDLER_TIMEOUT' });
    expect((await jobOf(world.store, 'SnosRun', 0)).external_id).toBe('run-0');
  });
});

describe('a dependency that is down', () => {
  const BLOCKS = 12;

  it('costs no attempt, and is told once when it goes and once when it is back, by many jobs and two instances', async () => {
    const world = new VirtualInstances();
    const contract = new FakeContract(BLOCKS - 1);
    let down = true;
    const succeeded = new Set<string>();
    const stages = new Stages(contract, {
      script: async ({ instance, type }, work) => {
        if (type !== 'SnosRun') return undefined;
        if (down) throw unreachable();
        // Long enough for both instances to take their share.
        await work.clock.sleep(60_000, work.signal);
        succeeded.add(instance);
        return undefined;
      },
    });
    const instances = ['one', 'two'].map((name) =>
      world.instance(name, contract, stages, { engine: { concurrency: () => 3 }, cronMs: 20_000, reconcileMs: 10_000 }),
    );
    for (const instance of instances) await instance.start();
    await world.clock.advance(30 * 60_000);
    expect(world.alerts.alerts.map(incidentOf)).toEqual(['dependency-down:starknet node']);
    for (const name of ['one', 'two']) expect(stages.count({ instance: name, type: 'SnosRun' })).toBeGreaterThan(50);
    const waiting = await jobOf(world.store, 'SnosRun', 3);
    expect(waiting).toMatchObject({ attempts: { process: 0 }, status: 'Created' });
    expect(waiting.waiting_for ?? 'leased').toMatch(/NODE_UNREACHABLE|leased/);
    down = false;
    await world.until(
      'settled',
      async () => (await blocksOf(world.store, 'StateTransition', 'Completed')).length === BLOCKS,
    );
    await world.clock.advance(600_000);
    expect(succeeded.size).toBe(2);
    expect(world.alerts.alerts.map(incidentOf)).toEqual([
      'dependency-down:starknet node',
      'dependency-up:starknet node',
    ]);
    await world.during(Promise.all(instances.map((instance) => instance.stop(0))));
  });

  it('is told as back with every other one that the same work failed on', async () => {
    const { world, contract, stages } = oneBlock(async (attempt) => {
      if (attempt > 4) return undefined;
      const dependency = attempt <= 2 ? 'ethereum-node' : 'settlement-fees';
      throw new OrchestratorError('SETTLEMENT_UNREACHABLE', 'not now', { retry: 'dependency-down', dependency });
    });
    const instance = world.instance('one', contract, stages);
    await instance.start();
    await world.until(
      'settled',
      async () => (await blocksOf(world.store, 'StateTransition', 'Completed')).length === 1,
    );
    await world.during(instance.stop(0));
    expect(world.alerts.alerts.map(incidentOf)).toEqual([
      'dependency-down:ethereum-node',
      'dependency-down:settlement-fees',
      'dependency-up:ethereum-node',
      'dependency-up:settlement-fees',
    ]);
  });

  it('is told as back by whoever sees it, when the instance that told of it is gone', async () => {
    const world = new VirtualInstances();
    const contract = new FakeContract(0);
    let down = true;
    const stages = new Stages(contract, {
      script: async ({ type }) => {
        if (type === 'SnosRun' && down) throw unreachable();
        return undefined;
      },
    });
    const first = world.instance('one', contract, stages);
    await first.start();
    await world.clock.advance(60_000);
    await world.during(first.stop(0));
    const second = world.instance('two', contract, stages);
    await second.start();
    await world.clock.advance(120_000);
    down = false;
    await world.until(
      'settled',
      async () => (await blocksOf(world.store, 'StateTransition', 'Completed')).length === 1,
    );
    await world.during(second.stop(0));
    expect(world.alerts.alerts.map(incidentOf)).toEqual([
      'dependency-down:starknet node',
      'dependency-up:starknet node',
    ]);
  });

  it('is told as back by an instance that never saw it down, when the one that told of it is gone', async () => {
    const { world, contract, stages } = oneBlock(async (attempt) => {
      if (attempt === 1) throw unreachable();
      return undefined;
    });
    const first = world.instance('one', contract, stages);
    await first.start();
    await world.until('told', () => world.alerts.alerts.length === 1);
    await world.during(first.stop(0));
    // Longer than an outage counts as known without anybody who notices it.
    await world.clock.advance(3_600_000);
    const second = world.instance('two', contract, stages);
    await second.start();
    await world.until(
      'settled',
      async () => (await blocksOf(world.store, 'StateTransition', 'Completed')).length === 1,
    );
    await world.during(second.stop(0));
    expect(stages.count({ instance: 'two', type: 'SnosRun' })).toBe(1);
    expect(world.alerts.alerts.map(incidentOf)).toEqual([
      'dependency-down:starknet node',
      'dependency-up:starknet node',
    ]);
    expect((await jobOf(world.store, 'SnosRun', 0)).attempts).not.toHaveProperty('blocked_by');
  });

  it('is told as back later when that could not be sent at first', async () => {
    const world = new VirtualInstances();
    const contract = new FakeContract(1);
    const stages = new Stages(contract, {
      script: async ({ type, block }) => {
        if (type === 'SnosRun' && block === 0 && stages.count({ type, block }) === 1) throw unreachable();
        return undefined;
      },
    });
    const sent: string[] = [];
    let refusals = 1;
    const alerts = {
      send: async (alert: Alert): Promise<void> => {
        if (alert.fingerprint.startsWith('dependency-up') && refusals > 0) {
          refusals -= 1;
          throw new Error('the topic does not answer');
        }
        sent.push(incidentOf(alert));
      },
    };
    const instance = world.instance('one', contract, stages, { replace: { alerts }, cronMs: 1_000 });
    await instance.start();
    await world.until(
      'settled',
      async () => (await blocksOf(world.store, 'StateTransition', 'Completed')).length === 2,
    );
    await world.clock.advance(60_000);
    contract.newest = 2;
    await world.until(
      'settled',
      async () => (await blocksOf(world.store, 'StateTransition', 'Completed')).length === 3,
    );
    await world.during(instance.stop(0));
    expect(refusals).toBe(0);
    expect(sent).toEqual(['dependency-down:starknet node', 'dependency-up:starknet node']);
  });

  it('costs no job its result when the alert cannot be sent, and is told later', async () => {
    const world = new VirtualInstances();
    const contract = new FakeContract(0);
    let attempts = 0;
    const stages = new Stages(contract, {
      script: async ({ type }) => {
        if (type !== 'SnosRun') return undefined;
        attempts += 1;
        if (attempts <= 4) throw unreachable();
        return undefined;
      },
    });
    const taken: string[] = [];
    let topic: 'down' | 'up' = 'down';
    const alerts = {
      send: async ({ fingerprint }: Alert): Promise<void> => {
        if (topic === 'down') throw new Error('the topic does not answer');
        taken.push(fingerprint);
      },
    };
    const instance = world.instance('one', contract, stages, { replace: { alerts } });
    await instance.start();
    await world.until('two attempts', () => attempts === 2);
    topic = 'up';
    await world.until('told', () => taken.length === 1);
    topic = 'down';
    await world.until(
      'settled',
      async () => (await blocksOf(world.store, 'StateTransition', 'Completed')).length === 1,
    );
    await world.during(instance.stop(0));
    expect(taken.map((fingerprint) => incidentOf({ fingerprint }))).toEqual(['dependency-down:starknet node']);
    expect(attempts).toBe(5);
    expect((await jobOf(world.store, 'SnosRun', 0)).attempts).toMatchObject({ process: 0, lost_leases: 0 });
  });
});
