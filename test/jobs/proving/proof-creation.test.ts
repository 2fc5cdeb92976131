import { describe, expect, it } from '@jest/globals';
import { metadataOf, provingJobFor } from '../../../src/jobs/new-jobs.ts';
import { ProofCreationHandler } from '../../../src/jobs/proving/proof-creation-handler.ts';
import type { Prover, ProverQuery, ProverStatus, ProverTask } from '../../../src/provers/prover.ts';
import { failureOf } from '../fakes/errors.ts';
import { afterProcess, jobFrom, withSpecific, work } from '../fakes/jobs.ts';
import { pipeline } from '../fakes/pipeline.ts';

class FakeProver implements Prover {
  readonly tasks: ProverTask[] = [];
  readonly queries: ProverQuery[] = [];
  answer: ProverStatus = { kind: 'processing', note: 'half way' };

  async submit(task: ProverTask): Promise<string> {
    this.tasks.push(task);
    return `task-${task.dedupId.slice(-4)}-${task.attempt}`;
  }

  async status(query: ProverQuery): Promise<ProverStatus> {
    this.queries.push(query);
    return this.answer;
  }
}

async function world() {
  const prover = new FakeProver();
  const handler = new ProofCreationHandler({ prover }, { pollMs: 50 });
  const { provingJob, snosDone } = pipeline();
  const job = await provingJob(1);
  const fact = metadataOf(job, 'Proving').ensure_on_chain_registration;
  return { prover, handler, job, fact, snosDone };
}

describe('ProofCreation', () => {
  it('submits the PIE under its fact', async () => {
    const { prover, handler, job, fact } = await world();
    const context = work();
    const outcome = await handler.process(job, context);
    expect(prover.tasks).toMatchObject([{ dedupId: fact, piePath: '1/cairo_pie.zip', attempt: 0 }]);
    expect(prover.tasks[0]?.nSteps).toBeGreaterThan(0);
    expect(outcome).toMatchObject({
      kind: 'submitted',
      externalId: prover.tasks[0] && `task-${fact?.slice(-4)}-0`,
      verifyAfterMs: 50,
    });
    expect(context.fences).toBe(1);
  });

  it('repeats a submission whose outcome was lost under the same number, and one that was rejected under the next', async () => {
    const { prover, handler, job } = await world();
    await handler.process(job, work());
    const committed = afterProcess(job, await handler.process(job, work()));
    await handler.process(committed, work());
    expect(prover.tasks.map(({ attempt }) => attempt)).toEqual([0, 0, 1]);
  });

  it('asks for the task and the fact, and goes by the answer', async () => {
    const { prover, handler, job, fact } = await world();
    const submitted = afterProcess(job, await handler.process(job, work()));
    expect(await handler.verify(submitted, work())).toEqual({
      kind: 'pending',
      retryAfterMs: 50,
      waitingFor: 'the prover: half way',
    });
    expect(prover.queries).toMatchObject([{ externalId: submitted.external_id, fact }]);
    prover.answer = { kind: 'succeeded' };
    expect(await handler.verify(submitted, work())).toEqual({ kind: 'verified' });
    prover.answer = { kind: 'failed', reason: 'invalid PIE' };
    expect(await handler.verify(submitted, work())).toEqual({
      kind: 'rejected',
      reason: `Prover job #${submitted.external_id} failed with error: invalid PIE`,
    });
  });

  it.each([
    ['no input', { input_path: null }],
    ['a proof for input', { input_path: { Proof: 'x' } }],
    ['no fact', { ensure_on_chain_registration: null }],
  ])('refuses a job with %s', async (_what, wrong) => {
    const { prover, handler, job } = await world();
    const broken = withSpecific(job, { ...metadataOf(job, 'Proving'), ...wrong });
    expect(await failureOf(handler.process(broken, work()))).toMatchObject({ code: 'JOB_STATE', retry: 'permanent' });
    expect(prover.tasks).toEqual([]);
  });

  it("refuses another type's job", async () => {
    const { handler, snosDone } = await world();
    expect((await failureOf(handler.process(await snosDone(1), work()))).code).toBe('JOB_STATE');
  });

  it('is not planned for a run without a fact', async () => {
    const { snosDone } = await world();
    const done = await snosDone(1);
    const unfinished = withSpecific(done, { ...metadataOf(done, 'Snos'), snos_fact: null });
    expect(() => provingJobFor(unfinished, 'id')).toThrow('no snos_fact');
    expect(jobFrom(provingJobFor(done, 'id')).metadata.specific).toMatchObject({ block_number: 1, num_blocks: 1 });
  });
});
