import { randomUUID } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { Infrastructure } from '../../src/app/infrastructure.ts';
import type { Instance } from '../../src/app/instance.ts';
import type { Job } from '../../src/jobs/job.ts';
import { defaultPolicies } from '../../src/jobs/job-policy.ts';
import { QUEUE_NAMES, type QueueName, type ReceivedMessage } from '../../src/queues/queue.ts';
import { FakeContract } from './fake-contract.ts';
import { blocksOf, EmbeddedInstances, jobOf, range, VirtualInstances } from './instances.ts';
import { intercept } from './intercept.ts';
import { STAGES, Stages } from './stages.ts';

async function emptied(world: VirtualInstances, name: QueueName): Promise<ReceivedMessage[]> {
  return world.during(world.queues.queue(name).receive({ max: 10, visibilityMs: 60_000, waitMs: 0 }));
}

describe('wake-up messages', () => {
  let world: VirtualInstances;
  let contract: FakeContract;
  let stages: Stages;
  let instance: Instance;
  /** The proof of block 0, waiting an hour for its next verification. */
  let waiting: Job;
  let open: boolean;

  beforeEach(async () => {
    world = new VirtualInstances();
    contract = new FakeContract(0);
    open = false;
    stages = new Stages(contract, {
      script: async ({ type, phase }) =>
        type === 'ProofCreation' && phase === 'verify' && !open
          ? { kind: 'pending', retryAfterMs: 3_600_000, waitingFor: 'the prover' }
          : undefined,
    });
    instance = world.instance('one', contract, stages);
    await instance.start();
    await world.clock.advance(5_000);
    waiting = await jobOf(world.store, 'ProofCreation', 0);
    expect(waiting.waiting_for).toBe('the prover');
  });

  afterEach(() => world.during(instance.stop(0)));

  async function send(queue: QueueName, body: string, attributes: Record<string, string> = {}): Promise<void> {
    await world.queues.queue(queue).send([{ body, attributes, delayMs: 0 }]);
    await world.clock.advance(2_000);
  }

  const bodyOf = (job: Job): string => JSON.stringify({ id: job.id });
  const QUEUE = 'proving_job_verification';

  it('change nothing when they are stale, early, on the wrong queue or about nobody', async () => {
    const calls = stages.calls.length;
    const snos = await jobOf(world.store, 'SnosRun', 0);
    await send(QUEUE, bodyOf(waiting), { Sequence: String(waiting.outbox.sequence - 1), OrchestratorVersion: '0.1.0' });
    await send(QUEUE, bodyOf(waiting), { Sequence: String(waiting.outbox.sequence + 1), OrchestratorVersion: '0.1.0' });
    await send(QUEUE, bodyOf(waiting), { Sequence: String(waiting.outbox.sequence), OrchestratorVersion: '0.1.0' });
    await send('proving_job_processing', bodyOf(waiting));
    await send('snos_job_verification', bodyOf(waiting));
    await send('snos_job_processing', bodyOf(snos));
    await send(QUEUE, JSON.stringify({ id: randomUUID() }));
    expect(await jobOf(world.store, 'ProofCreation', 0)).toEqual(waiting);
    expect(await jobOf(world.store, 'SnosRun', 0)).toEqual(snos);
    expect(stages.calls.length).toBe(calls);
    for (const name of QUEUE_NAMES) {
      const own = name === QUEUE ? 1 : 0;
      expect({ name, ...(await world.queues.queue(name).depth()) }).toMatchObject({
        name,
        ready: 0,
        inFlight: 0,
        delayed: own,
      });
    }
  });

  it('change nothing when they are stale or on the queue of another phase, even when the job is due', async () => {
    await world.clock.advance((waiting.outbox.due_at ?? 0) - world.clock.now() - 4_900);
    const calls = stages.calls.length;
    const messages = [-2, -1, 1].map((off) => ({
      body: bodyOf(waiting),
      attributes: { Sequence: String(waiting.outbox.sequence + off) },
      delayMs: 0,
    }));
    await world.queues.queue(QUEUE).send(messages);
    await send('proving_job_processing', bodyOf(waiting), { Sequence: String(waiting.outbox.sequence) });
    await send('snos_job_verification', bodyOf(waiting));
    expect(stages.calls.length).toBe(calls);
    expect((await jobOf(world.store, 'ProofCreation', 0)).version).toBe(waiting.version);
  });

  it('wake a job once, however often and from whichever version they come', async () => {
    open = true;
    await world.clock.advance((waiting.outbox.due_at ?? 0) - world.clock.now() - 4_000);
    const calls = stages.count({ type: 'ProofCreation', phase: 'verify' });
    // Due within the clocks' tolerance: the first of them claims the job, and the rest find it changed.
    const messages = [
      { OrchestratorVersion: '0.0.1' },
      {},
      { OrchestratorVersion: 'v1.2.3', Sequence: 'seven' },
      { Sequence: String(waiting.outbox.sequence) },
      { Sequence: String(waiting.outbox.sequence) },
    ].map((attributes: Record<string, string>) => ({ body: bodyOf(waiting), attributes, delayMs: 0 }));
    await world.queues.queue(QUEUE).send(messages);
    await world.clock.advance(60_000);
    expect(stages.count({ type: 'ProofCreation', phase: 'verify' })).toBe(calls + 1);
    expect((await jobOf(world.store, 'ProofCreation', 0)).status).toBe('Completed');
    for (const name of QUEUE_NAMES) expect((await world.queues.queue(name).depth()).ready).toBe(0);
  });

  it('are not used up when their job changes while it is being claimed', async () => {
    await world.clock.advance((waiting.outbox.due_at ?? 0) - world.clock.now() - 4_000);
    open = true;
    let looks = 0;
    const store = intercept(world.store, async (method, run) => {
      const answer = await run();
      if (method !== 'get') return answer;
      looks += 1;
      // As the sender's note that the message is sent does, when it comes a moment after the message.
      if (looks === 1) {
        const job = { ...waiting, version: waiting.version + 1 };
        await world.store.commit({ expected: { version: waiting.version, leaseToken: null }, job });
      }
      return answer;
    });
    const other = world.instance('two', contract, stages, { replace: { store } });
    await world.during(instance.stop(0));
    await other.start();
    await send(QUEUE, bodyOf(waiting), { Sequence: String(waiting.outbox.sequence) });
    expect(looks).toBeGreaterThan(1);
    expect((await jobOf(world.store, 'ProofCreation', 0)).status).toBe('Completed');
    await world.during(other.stop(0));
  });

  it('are parked in the failure queue when they cannot be read, and say where they came from', async () => {
    const bodies = ['', 'Snos', '{"id":7}', '{"id":"not-a-uuid"}', '{"ID":"x"}', 'null', '{"id":"'];
    for (const body of bodies) await send('snos_job_processing', body, { Origin: 'elsewhere' });
    const parked = await emptied(world, 'job_handle_failure');
    expect(parked.map((message) => message.body)).toEqual(bodies);
    for (const { attributes } of parked)
      expect(attributes).toEqual({
        Origin: 'elsewhere',
        SourceQueue: 'snos_job_processing',
        Reason: 'not a job message',
      });
    expect((await world.queues.queue('snos_job_processing').depth()).inFlight).toBe(0);
  });

  it('of cron are taken bare and as the JSON string that EventBridge sends; unknown words are parked', async () => {
    contract.newest = 1;
    await send('worker_trigger', 'Snos');
    expect(await blocksOf(world.store, 'SnosRun')).toEqual([0, 1]);
    contract.newest = 2;
    await send('worker_trigger', '"Snos"');
    expect(await blocksOf(world.store, 'SnosRun')).toEqual([0, 1, 2]);
    contract.newest = 3;
    await send('worker_trigger', 'snos');
    await send('worker_trigger', '"Batching"');
    expect(await blocksOf(world.store, 'SnosRun')).toEqual([0, 1, 2]);
    const parked = await emptied(world, 'job_handle_failure');
    expect(parked.map(({ body, attributes }) => [body, attributes])).toEqual([
      ['snos', { SourceQueue: 'worker_trigger', Reason: 'not a trigger word' }],
      ['"Batching"', { SourceQueue: 'worker_trigger', Reason: 'not a trigger word' }],
    ]);
    expect(await world.queues.queue('worker_trigger').depth()).toMatchObject({ ready: 0, inFlight: 0 });
  });
});

describe('lost queues', () => {
  const world = new EmbeddedInstances();
  afterEach(() => world.close());

  it('cost a re-send, not a block', async () => {
    const contract = new FakeContract(11);
    const stages = new Stages(contract, { workMs: 5 });
    const options = {
      engine: { policies: defaultPolicies({ resendAfterMs: 150 }), concurrency: () => 2 },
      reconcileMs: 50,
      cronMs: 400,
    };
    for (const name of ['one', 'two']) await (await world.instance(name, contract, stages, options)).start();
    const { store }: Infrastructure = await world.open();
    let losses = 0;
    await world.until('all settled', async () => {
      if (losses < 12) {
        world.sql('DELETE FROM messages');
        losses += 1;
      }
      return (await blocksOf(store, 'StateTransition', 'Completed')).length === 12;
    });
    expect(losses).toBe(12);
    expect(contract.accepted).toEqual(range(0, 11));
    expect(contract.violations).toEqual([]);
    for (const type of STAGES) expect(stages.count({ type, phase: 'process' })).toBeGreaterThanOrEqual(12);
    for (const type of ['SnosRun', 'ProofCreation', 'DataSubmission'] as const) {
      expect(stages.count({ type, phase: 'process' })).toBe(12);
    }
  });
});
