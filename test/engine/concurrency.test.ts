import { afterEach, describe, expect, it } from '@jest/globals';
import type { Instance } from '../../src/app/instance.ts';
import { queueFor } from '../../src/queues/job-queues.ts';
import type { QueueName } from '../../src/queues/queue.ts';
import { FakeContract } from './fake-contract.ts';
import { blocksOf, EmbeddedInstances, range, VirtualInstances } from './instances.ts';
import { STAGES, Stages } from './stages.ts';

const LIMITS: Partial<Record<QueueName, number>> = {
  snos_job_processing: 2,
  proving_job_processing: 5,
  proving_job_verification: 1,
  data_submission_job_processing: 3,
};
const concurrency = (queue: QueueName): number => LIMITS[queue] ?? 4;

/** Checks that each queue's limit was reached (or nearly) and never passed, by each instance. */
function expectLimits(stages: Stages, names: readonly string[]): void {
  for (const name of names) {
    for (const type of STAGES) {
      for (const phase of ['process', 'verify'] as const) {
        const most = stages.most(name, type, phase);
        expect({ name, type, phase, within: most <= concurrency(queueFor(type, phase)) }).toMatchObject({
          within: true,
        });
      }
    }
    expect(stages.most(name, 'SnosRun', 'process')).toBe(2);
  }
}

describe('concurrency limits', () => {
  const embedded: EmbeddedInstances[] = [];
  afterEach(async () => {
    for (const world of embedded.splice(0)) await world.close();
  });

  it('hold for hand-overs and messages together, and no wake-up is given up for want of room', async () => {
    const world = new VirtualInstances();
    const contract = new FakeContract(79);
    const stages = new Stages(contract, { workMs: 35 });
    const names = ['one', 'two', 'three'];
    const instances = names.map((name) =>
      world.instance(name, contract, stages, { engine: { concurrency }, bufferSize: 80, cronMs: 5_000 }),
    );
    await Promise.all(instances.map((instance) => instance.start()));
    await world.until(
      'settled',
      async () => (await blocksOf(world.store, 'StateTransition', 'Completed')).length === 80,
    );
    await world.during(Promise.all(instances.map((instance) => instance.stop(0))));
    expectLimits(stages, names);
    expect(contract.accepted).toEqual(range(0, 79));
    for (const name of names) expect(stages.count({ instance: name })).toBeGreaterThan(80);
    expect(await world.queues.queue('job_handle_failure').depth()).toMatchObject({ ready: 0, delayed: 0, inFlight: 0 });
  });

  it('hold on one file in real time, and both instances take their share', async () => {
    const world = new EmbeddedInstances();
    embedded.push(world);
    const contract = new FakeContract(39);
    const stages = new Stages(contract, { workMs: 5 });
    const instances: Instance[] = [];
    for (const name of ['one', 'two']) {
      instances.push(
        await world.instance(name, contract, stages, { engine: { concurrency }, cronMs: 500, reconcileMs: 100 }),
      );
    }
    for (const instance of instances) await instance.start();
    const { store, queues } = await world.open();
    await world.until('settled', async () => (await blocksOf(store, 'StateTransition', 'Completed')).length === 40);
    expectLimits(stages, ['one', 'two']);
    expect(contract.accepted).toEqual(range(0, 39));
    for (const type of STAGES) expect(stages.count({ type, phase: 'process' })).toBeGreaterThanOrEqual(40);
    for (const type of ['SnosRun', 'ProofCreation', 'DataSubmission'] as const) {
      expect(stages.count({ type, phase: 'process' })).toBe(40);
    }
    for (const name of ['one', 'two']) expect(stages.count({ instance: name })).toBeGreaterThan(50);
    expect(await queues.queue('job_handle_failure').depth()).toMatchObject({ ready: 0, delayed: 0, inFlight: 0 });
  });
});
