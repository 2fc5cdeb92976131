import { expect, it } from '@jest/globals';
import { FakeContract } from './fake-contract.ts';
import { blocksOf, jobOf, VirtualInstances } from './instances.ts';
import { Stages } from './stages.ts';

const MINUTE = 60_000;

it('a deferral that should be brief is tried less and less often and told once, over all instances and restarts', async () => {
  const world = new VirtualInstances();
  const contract = new FakeContract(0);
  const triedAt: number[] = [];
  let refused = true;
  const stages = new Stages(contract, {
    script: async ({ type, phase }) => {
      if (type !== 'StateTransition' || phase !== 'process' || !refused) return undefined;
      triedAt.push(world.clock.now());
      return { kind: 'deferred', retryAfterMs: 1_000, waitingFor: 'the settlement layer: no proof', brief: true };
    },
  });
  const start = (name: string) => world.instance(name, contract, stages, { reconcileMs: 10_000 });
  const one = start('one');
  await one.start();
  await world.clock.advance(14 * MINUTE);
  expect(world.alerts.alerts).toEqual([]);
  await world.clock.advance(4 * MINUTE);
  expect(world.alerts.alerts.map(({ text }) => text)).toEqual([
    expect.stringMatching(/^Job Waiting Alert: .* Waiting for 1[56] minutes: the settlement layer: no proof$/),
  ]);
  const gaps = triedAt.slice(1).map((at, index) => at - (triedAt[index] ?? at));
  expect(gaps.slice(0, 5).every((gap) => gap < 2_000)).toBe(true);
  expect(Math.max(...gaps)).toBeGreaterThanOrEqual(MINUTE);
  expect(Math.max(...gaps)).toBeLessThan(1.2 * MINUTE);
  await world.during(one.stop(1_000));
  const two = start('two');
  await two.start();
  await world.clock.advance(180 * MINUTE);
  expect(world.alerts.alerts).toHaveLength(1);
  expect(await jobOf(world.store, 'StateTransition', 0)).toMatchObject({ status: 'Created', attempts: { process: 0 } });
  refused = false;
  await world.until('settled', async () => (await blocksOf(world.store, 'StateTransition', 'Completed')).length === 1);
  await world.during(two.stop(1_000));
});
