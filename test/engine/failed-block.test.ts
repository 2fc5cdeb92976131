import { describe, expect, it } from '@jest/globals';
import { retryJob } from '../../src/app/inspection/retry-job.ts';
import { OrchestratorError } from '../../src/errors/orchestrator-error.ts';
import { defaultPolicies } from '../../src/jobs/job-policy.ts';
import { FakeContract } from './fake-contract.ts';
import { blocksOf, jobOf, range, VirtualInstances } from './instances.ts';
import { STAGES, Stages } from './stages.ts';

describe.each(STAGES)('a block whose %s fails for good', (failing) => {
  it('stops only the settlement of itself and later blocks, until an operator lets it try again', async () => {
    const world = new VirtualInstances();
    const contract = new FakeContract(9);
    let broken = true;
    const stages = new Stages(contract, {
      script: async ({ type, phase, block }) => {
        if (broken && type === failing && block === 4 && phase === 'process')
          throw new OrchestratorError('OUTPUT_MISMATCH', 'the roots differ', { retry: 'permanent' });
        return undefined;
      },
    });
    const instances = ['one', 'two'].map((name) => world.instance(name, contract, stages, { cronMs: 5_000 }));
    for (const instance of instances) await instance.start();
    await world.clock.advance(300_000);
    expect((await jobOf(world.store, failing, 4)).status).toBe('Failed');
    expect(contract.accepted).toEqual(range(0, 3));
    const others = range(0, 9).filter((block) => block !== 4);
    expect(await blocksOf(world.store, 'SnosRun', 'Completed')).toEqual(expect.arrayContaining(others));
    expect(await blocksOf(world.store, 'ProofCreation', 'Completed')).toEqual(expect.arrayContaining(others));
    expect(await blocksOf(world.store, 'DataSubmission', 'Completed')).toEqual(expect.arrayContaining(others));
    expect(await blocksOf(world.store, 'StateTransition', 'Completed')).toEqual(range(0, 3));
    expect(world.alerts.alerts.length).toBe(1);

    broken = false;
    const failed = await jobOf(world.store, failing, 4);
    await retryJob(world.store, world.clock, defaultPolicies(), failed.id, 'an operator');
    await world.until(
      'settled',
      async () => (await blocksOf(world.store, 'StateTransition', 'Completed')).length === 10,
    );
    await world.during(Promise.all(instances.map((instance) => instance.stop(0))));
    expect(contract.accepted).toEqual(range(0, 9));
    expect(contract.violations).toEqual([]);
    expect((await jobOf(world.store, failing, 4)).history.map(({ event }) => event)).toContain('retry');
  });
});
