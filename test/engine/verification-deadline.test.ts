import { expect, it } from '@jest/globals';
import type { VerifyOutcome } from '../../src/jobs/job-handler.ts';
import { defaultPolicies } from '../../src/jobs/job-policy.ts';
import { FakeContract } from './fake-contract.ts';
import { blocksOf, jobOf, VirtualInstances } from './instances.ts';
import { Stages } from './stages.ts';

const DEADLINE_MS = 3_600_000;
const policies = defaultPolicies({ verifyDeadlineMs: DEADLINE_MS });

/** One block; the verification of its state transition answers what `answer` holds, and does its work once that is undefined. */
function world(answer: { value: Pick<Extract<VerifyOutcome, { kind: 'pending' }>, 'held'> | undefined }) {
  const instances = new VirtualInstances();
  const contract = new FakeContract(0);
  const stages = new Stages(contract, {
    script: async ({ type, phase }) =>
      type === 'StateTransition' && phase === 'verify' && answer.value !== undefined
        ? { kind: 'pending', retryAfterMs: 60_000, waitingFor: 'something', ...answer.value }
        : undefined,
  });
  return {
    instances,
    stages,
    start: (name: string) => instances.instance(name, contract, stages, { engine: { policies }, reconcileMs: 30_000 }),
    status: async () => (await jobOf(instances.store, 'StateTransition', 0)).status,
    settled: async () => (await blocksOf(instances.store, 'StateTransition', 'Completed')).length === 1,
  };
}

it('does not run while settlement is held', async () => {
  const answer: Parameters<typeof world>[0] = { value: { held: true } };
  const { instances, start, status, settled } = world(answer);
  const instance = start('one');
  await instance.start();
  await instances.clock.advance(3 * DEADLINE_MS);
  expect(await status()).toBe('PendingVerification');
  answer.value = undefined;
  await instances.until('settled', settled);
  expect(instances.alerts.alerts).toEqual([]);
  await instances.during(instance.stop(0));
});

it('does not run while no instance does, and runs again when one does', async () => {
  const answer: Parameters<typeof world>[0] = { value: {} };
  const { instances, stages, start, status } = world(answer);
  const one = start('one');
  await one.start();
  await instances.clock.advance(DEADLINE_MS / 2);
  await instances.during(one.stop(1_000));
  await instances.clock.advance(3 * DEADLINE_MS);
  const two = start('two');
  await two.start();
  await instances.clock.advance(DEADLINE_MS / 3);
  expect(stages.count({ instance: 'two', phase: 'verify' })).toBeGreaterThan(10);
  expect(await status()).toBe('PendingVerification');
  await instances.clock.advance(DEADLINE_MS / 4);
  expect(await status()).toBe('VerificationTimeout');
  await instances.during(two.stop(0));
});
