import { describe, expect, it } from '@jest/globals';
import type { Phase } from '../../src/jobs/job.ts';
import type { OutgoingMessage, QueueName } from '../../src/queues/queue.ts';
import { FakeContract } from './fake-contract.ts';
import { jobOf, VirtualInstances } from './instances.ts';
import { intercept, interceptQueues } from './intercept.ts';
import { type Script, Stages } from './stages.ts';

/** Proofs need `waitMs` once they are asked for. */
const provenAfter = (waitMs: number): Script => {
  const asked = new Set<number>();
  return async ({ type, phase, block }) => {
    if (type !== 'ProofCreation' || phase !== 'verify' || asked.has(block)) return undefined;
    asked.add(block);
    return { kind: 'pending', retryAfterMs: waitMs, waitingFor: 'the prover' };
  };
};

interface Sent {
  readonly queue: QueueName;
  readonly delayMs: number;
}

function world(waitMs: number) {
  const instances = new VirtualInstances();
  const sent: Sent[] = [];
  const queues = interceptQueues(instances.queues, async (method, run, [messages]) => {
    if (method === 'send')
      for (const { delayMs, body } of messages as OutgoingMessage[])
        sent.push({ queue: body as QueueName, delayMs: Math.round(delayMs) });
    return run();
  });
  const contract = new FakeContract(0);
  const stages = new Stages(contract, { script: provenAfter(waitMs) });
  const start = (name: string) => instances.instance(name, contract, stages, { replace: { queues } });
  const waits = async () => (await instances.store.find('ProofCreation', 0))?.waiting_for === 'the prover';
  const done = async () => (await instances.store.find('StateTransition', 0))?.status === 'Completed';
  return { instances, contract, sent, start, waits, done };
}

describe('a wait that is over soon', () => {
  it('needs no message', async () => {
    const { instances, sent, start, done } = world(15_000);
    const one = start('one');
    await one.start();
    await instances.until('settled', done);
    await instances.during(one.stop(1_000));
    expect(sent).toEqual([]);
  });

  it('is a message when it is longer', async () => {
    const { instances, sent, start, done } = world(60_000);
    const one = start('one');
    await one.start();
    await instances.until('settled', done);
    await instances.during(one.stop(1_000));
    expect(sent.map(({ delayMs }) => delayMs)).toEqual([60_000]);
  });

  it('becomes a message for the others when the instance stops', async () => {
    const { instances, sent, start, waits, done } = world(15_000);
    const one = start('one');
    const two = start('two');
    await one.start();
    await instances.until('it waits', waits);
    await instances.during(one.stop(1_000));
    expect(sent).toHaveLength(1);
    const stoppedAt = instances.clock.now();
    await two.start();
    await instances.until('settled', done);
    expect(instances.clock.now() - stoppedAt).toBeLessThan(20_000);
    await instances.during(two.stop(1_000));
  });

  describe('when the instance stops while the database or the queue takes its time', () => {
    /** An instance whose proof waits, and whose calls of the methods take two seconds once `slow` is set. */
    async function waiting(...methods: string[]) {
      const { instances, contract, waits } = world(15_000);
      const stages = new Stages(contract, { script: provenAfter(15_000) });
      const state = { slow: false, failing: false };
      const around = async (called: string, run: () => Promise<unknown>): Promise<unknown> => {
        if (state.slow && methods.includes(called)) await instances.clock.sleep(2_000);
        if (state.failing && methods.includes(called)) throw new Error('no answer');
        return run();
      };
      const replace = { store: intercept(instances.store, around), queues: interceptQueues(instances.queues, around) };
      const one = instances.instance('one', contract, stages, { replace });
      await one.start();
      const proof = () => jobOf(instances.store, 'ProofCreation', 0);
      const sent = async () => (await instances.queues.queue('proving_job_verification').depth()).ready;
      return { instances, stages, state, one, waits, proof, sent };
    }

    it('is claimed and handed back, and its work is not begun', async () => {
      const { instances, stages, state, one, waits, proof, sent } = await waiting('commit');
      await instances.until('it waits', waits);
      const dueAt = (await proof()).outbox.due_at ?? 0;
      state.slow = true;
      await instances.clock.advance(dueAt - instances.clock.now() + 500);
      const calls = stages.calls.length;
      await instances.during(one.stop(10_000));
      expect(one.engine.running).toBe(0);
      expect(await proof()).toMatchObject({ status: 'PendingVerification', lease: null });
      expect((await proof()).history.at(-1)).toMatchObject({ event: 'released' });
      expect(await sent()).toBe(1);
      await instances.clock.advance(60_000);
      expect(stages.calls.length).toBe(calls);
    });

    it('is sent before the end when its claim fails', async () => {
      const { instances, state, one, waits, proof, sent } = await waiting('commit');
      await instances.until('it waits', waits);
      const dueAt = (await proof()).outbox.due_at ?? 0;
      Object.assign(state, { slow: true, failing: true });
      await instances.clock.advance(dueAt - instances.clock.now() + 500);
      await instances.during(one.stop(10_000));
      expect(await sent()).toBe(1);
      expect(await proof()).toMatchObject({ lease: null });
    });

    it('is sent before the end when it is only just being stored', async () => {
      const { instances, stages, state, one, proof } = await waiting('commit', 'send');
      const calls = (phase: Phase) => stages.count({ type: 'ProofCreation', phase });
      await instances.until('the proof is asked for', () => calls('process') === 1);
      state.slow = true;
      await instances.until('it is looked at', () => calls('verify') === 1);
      await instances.during(one.stop(10_000));
      expect(await proof()).toMatchObject({ waiting_for: 'the prover' });
      const depth = await instances.queues.queue('proving_job_verification').depth();
      expect(depth.ready + depth.delayed).toBe(1);
    });
  });

  it('is sent by the reconciler of another when the instance is gone', async () => {
    const { instances, contract, sent, start, waits } = world(15_000);
    const one = start('one');
    await one.start();
    await instances.until('it waits', waits);
    const job = await jobOf(instances.store, 'ProofCreation', 0);
    // Gone without a word: nothing that it kept in mind is left.
    const gone = new VirtualInstances();
    await gone.store.insert([job]);
    for (const type of ['SnosRun'] as const) await gone.store.insert([await jobOf(instances.store, type, 0)]);
    await gone.clock.advance(instances.clock.now() - gone.clock.now());
    const stages = new Stages(contract);
    const two = gone.instance('two', contract, stages);
    await two.start();
    await gone.until('settled', () => contract.accepted.length === 1);
    expect(gone.clock.now() - (job.outbox.due_at ?? 0)).toBeLessThan(10_000);
    await gone.during(two.stop(1_000));
    expect(sent).toEqual([]);
  });
});
