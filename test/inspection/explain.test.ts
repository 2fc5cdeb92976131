import { beforeEach, describe, expect, it } from '@jest/globals';
import { explainBlock } from '../../src/app/inspection/explain.ts';
import type { Inspection } from '../../src/app/inspection/open-inspection.ts';
import type { Clock } from '../../src/clock/clock.ts';
import { MemoryJobStore } from '../../src/database/memory/memory-job-store.ts';
import type { Job, JobType } from '../../src/jobs/job.ts';
import { sampleJob } from '../conformance/sample-jobs.ts';

const NOW = 1_700_000_100_000;
const clock: Clock = { now: () => NOW, sleep: () => Promise.resolve(), after: () => () => undefined };

let inspection: Pick<Inspection, 'store'>;

beforeEach(() => {
  inspection = { store: new MemoryJobStore() };
});

const STAGES: readonly JobType[] = ['SnosRun', 'ProofCreation', 'DataSubmission', 'StateTransition'];

/** Jobs of a block that has completed the stages before `stage` and has a job of it as given. */
async function block(number: number, stage: JobType, parts: Partial<Job>) {
  const before = STAGES.slice(0, STAGES.indexOf(stage)).map((type) => sampleJob(type, number, { status: 'Completed' }));
  const job = sampleJob(stage, number, parts);
  await inspection.store.insert([...before, job]);
  return job;
}

async function explain(number: number) {
  return await explainBlock(inspection, clock, number);
}

describe('explain', () => {
  it('a block that is settled', async () => {
    await block(3, 'StateTransition', { status: 'Completed' });
    expect(await explain(3)).toMatchObject({
      state: 'settled',
      summary: 'Block 3 is settled.',
      done: STAGES,
      blockedBy: null,
    });
  });

  it('a block that somebody works on', async () => {
    const lease = { owner: 'host-1', token: 1, phase: 'process', acquired_at: NOW, expires_at: NOW + 12_000 } as const;
    await block(3, 'SnosRun', { status: 'LockedForProcessing', lease });
    expect(await explain(3)).toMatchObject({
      state: 'working',
      summary: 'Block 3 is in SnosRun, LockedForProcessing: host-1 works on it, and has the lease for another 12 s.',
      job: { lease: { owner: 'host-1', phase: 'process', expiresInSeconds: 12 } },
    });
  });

  it('a block that waits, for what and until when', async () => {
    await block(3, 'ProofCreation', {
      status: 'PendingVerification',
      waiting_for: 'the prover: queued',
      next_action_at: NOW + 4_500,
    });
    expect(await explain(3)).toMatchObject({
      state: 'waiting',
      done: ['SnosRun'],
      summary:
        'Block 3 is in ProofCreation, PendingVerification, waiting for the prover: queued; looked at again in 5 s at the latest.',
    });
  });

  it('a block behind one that failed', async () => {
    const culprit = await block(2, 'ProofCreation', { status: 'Failed', waiting_for: 'no proof' });
    await block(3, 'StateTransition', { status: 'Created', waiting_for: 'block 2', next_action_at: NOW });
    const found = await explain(3);
    expect(found.blockedBy).toMatchObject({ id: culprit.id, type: 'ProofCreation', firstBlock: 2 });
    expect(found.summary).toContain(
      'Settlement is in block order and has to pass block 2 first, which is in ProofCreation, Failed: no proof.',
    );
  });

  it('a block that failed, with the command that frees it', async () => {
    const job = await block(2, 'DataSubmission', { status: 'Failed', waiting_for: 'object lost.' });
    expect(await explain(2)).toMatchObject({
      state: 'stuck',
      summary: `Block 2 is in DataSubmission, Failed: object lost. It stays so until "orchestrator jobs retry ${job.id}".`,
    });
  });

  it('a block that has no job yet, and one from before', async () => {
    expect((await explain(0)).summary).toContain('No block is planned yet');
    await block(5, 'SnosRun', {});
    expect(await explain(9)).toMatchObject({ state: 'unplanned', job: null });
    expect((await explain(9)).summary).toContain('Blocks up to 5 are planned');
    expect(await explain(4)).toMatchObject({ state: 'before-this-database' });
  });

  it('a block in the middle of a range', async () => {
    const job = sampleJob('SnosRun', 10, {});
    const specific = { ...job.metadata.specific, end_block: 12, num_blocks: 3 };
    await inspection.store.insert([{ ...job, metadata: { ...job.metadata, specific } }]);
    expect((await explain(11)).job).toMatchObject({ firstBlock: 10, lastBlock: 12 });
  });
});
