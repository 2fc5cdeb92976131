import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { Identity, JobQuery, JobStore } from '../../src/database/job-store.ts';
import type { Job } from '../../src/jobs/job.ts';
import { leased, sampleId, sampleJob } from './sample-jobs.ts';

export interface JobStoreUnderTest {
  readonly store: JobStore;
  dispose(): Promise<void>;
}

const identity: Identity = {
  starknetChainId: '0x534e5f5345504f4c4941',
  settlementChainId: 'ethereum:31337',
  coreContract: '0x5fbdb2315678afecb367f032d93f642f64180aa3',
  schemaVersion: 1,
};

/** What every JobStore must do, whatever it stands on. */
export function jobStoreSuite(name: string, make: () => Promise<JobStoreUnderTest>): void {
  describe(`JobStore: ${name}`, () => {
    let subject: JobStoreUnderTest;
    let store: JobStore;

    beforeEach(async () => {
      subject = await make();
      store = subject.store;
    });
    afterEach(() => subject.dispose());

    it('inserts jobs and finds them by id and by type and first block', async () => {
      const job = sampleJob('SnosRun', 7);
      expect(await store.insert([job])).toMatchObject([{ kind: 'inserted' }]);
      expect(await store.get(job.id)).toEqual(job);
      expect(await store.find('SnosRun', 7)).toEqual(job);
      expect(await store.find('ProofCreation', 7)).toBeUndefined();
      expect(await store.get(sampleId())).toBeUndefined();
    });

    it('keeps the first of two jobs of one type and first block, and answers each in order', async () => {
      const first = sampleJob('SnosRun', 7);
      const outcomes = await store.insert([first, sampleJob('SnosRun', 7), sampleJob('SnosRun', 8)]);
      expect(outcomes.map(({ kind }) => kind)).toEqual(['inserted', 'exists', 'inserted']);
      expect((await store.insert([sampleJob('SnosRun', 7)]))[0]?.kind).toBe('exists');
      expect((await store.find('SnosRun', 7))?.id).toBe(first.id);
    });

    it('ends an ordered insert at the first job that exists', async () => {
      await store.insert([sampleJob('SnosRun', 7)]);
      const jobs = [sampleJob('SnosRun', 6), sampleJob('SnosRun', 7), sampleJob('SnosRun', 8)];
      const outcomes = await store.insert(jobs, { ordered: true });
      expect(outcomes.map(({ kind }) => kind)).toEqual(['inserted', 'exists', 'skipped']);
      expect(await store.find('SnosRun', 8)).toBeUndefined();
    });

    it('lets exactly one of many planners insert a job', async () => {
      const rivals = Array.from({ length: 20 }, () => sampleJob('SnosRun', 3));
      const outcomes = (await Promise.all(rivals.map((rival) => store.insert([rival])))).flat();
      expect(outcomes.filter(({ kind }) => kind === 'inserted')).toHaveLength(1);
      const winner = rivals[outcomes.findIndex(({ kind }) => kind === 'inserted')];
      expect((await store.find('SnosRun', 3))?.id).toBe(winner?.id);
    });

    it('commits a change when version and lease token fit', async () => {
      const job = sampleJob('SnosRun', 1);
      await store.insert([job]);
      const claimed = leased(job, 1);
      expect(await store.commit({ expected: { version: 0, leaseToken: null }, job: claimed })).toMatchObject({
        kind: 'committed',
      });
      const done: Job = { ...claimed, version: 2, status: 'Completed', lease: null };
      expect(await store.commit({ expected: { version: 1, leaseToken: 1 }, job: done })).toMatchObject({
        kind: 'committed',
      });
      expect(await store.get(job.id)).toEqual(done);
    });

    it.each([
      ['an older version', { version: 0, leaseToken: 1 }],
      ['a newer version', { version: 2, leaseToken: 1 }],
      ['the token of a former lease', { version: 1, leaseToken: 0 }],
      ['no token for a leased job', { version: 1, leaseToken: null }],
    ])('refuses a change with %s and leaves the job as it is', async (_, expected) => {
      const claimed = leased(sampleJob('SnosRun', 1), 1);
      await store.insert([claimed]);
      const change = { expected, job: { ...claimed, status: 'Completed', version: 9, lease: null } as Job };
      expect(await store.commit(change)).toEqual({ kind: 'conflict' });
      expect(await store.get(claimed.id)).toEqual(claimed);
    });

    it('refuses a change with a token for a job that is not leased, or does not exist', async () => {
      const job = sampleJob('SnosRun', 1);
      await store.insert([job]);
      const next = { ...job, version: 1 };
      expect(await store.commit({ expected: { version: 0, leaseToken: 1 }, job: next })).toEqual({ kind: 'conflict' });
      const unknown = { ...next, id: sampleId() };
      expect(await store.commit({ expected: { version: 0, leaseToken: null }, job: unknown })).toEqual({
        kind: 'conflict',
      });
      expect(await store.find('SnosRun', 1)).toEqual(job);
    });

    it('lets exactly one of many claims through, for each of many jobs', async () => {
      const jobs = Array.from({ length: 10 }, (_, index) => sampleJob('SnosRun', index));
      await store.insert(jobs);
      for (const job of jobs) {
        const claims = Array.from({ length: 8 }, (_, owner) => leased(job, owner + 1));
        const outcomes = await Promise.all(
          claims.map((claim) => store.commit({ expected: { version: 0, leaseToken: null }, job: claim })),
        );
        const winners = claims.filter((_, index) => outcomes[index]?.kind === 'committed');
        expect(winners).toHaveLength(1);
        expect(await store.get(job.id)).toEqual(winners[0]);
      }
    });

    it('does not let a holder of a document change what is stored', async () => {
      const job = sampleJob('SnosRun', 1);
      await store.insert([job]);
      const read = await store.get(job.id);
      try {
        (read as { status: string }).status = 'Failed';
        (read?.metadata.common as { failure_reason: string }).failure_reason = 'changed';
      } catch (error) {
        expect(error).toBeInstanceOf(TypeError); // frozen: just as good
      }
      expect((await store.get(job.id))?.status).toBe('Created');
      expect((await store.get(job.id))?.metadata.common.failure_reason).toBeNull();
    });

    it('answers the latest job of a type, and of a type and status', async () => {
      await store.insert([
        sampleJob('SnosRun', 5, { status: 'Completed' }),
        sampleJob('SnosRun', 12),
        sampleJob('SnosRun', 9, { status: 'Completed' }),
        sampleJob('ProofCreation', 40),
      ]);
      expect((await store.latest('SnosRun'))?.internal_id).toBe(12);
      expect((await store.latest('SnosRun', 'Completed'))?.internal_id).toBe(9);
      expect(await store.latest('SnosRun', 'Failed')).toBeUndefined();
      expect(await store.latest('DataSubmission')).toBeUndefined();
    });

    const all: JobQuery = { limit: 100 };
    it.each<[string, JobQuery, string[]]>([
      ['everything, by first block and then type', all, ['P1', 'S1', 'S2', 'P3', 'S3', 'S10']],
      ['backwards', { ...all, order: 'descending' }, ['S10', 'S3', 'P3', 'S2', 'S1', 'P1']],
      ['one type', { ...all, types: ['ProofCreation'] }, ['P1', 'P3']],
      ['some statuses', { ...all, statuses: ['Completed', 'Failed'] }, ['P1', 'S1', 'S10']],
      ['type and status', { ...all, types: ['SnosRun'], statuses: ['Completed'] }, ['S1']],
      ['bounds, both included', { ...all, from: 2, to: 3 }, ['S2', 'P3', 'S3']],
      ['at most so many', { ...all, limit: 2 }, ['P1', 'S1']],
      [
        'at most so many, backwards, of one type',
        { ...all, types: ['SnosRun'], order: 'descending', limit: 2 },
        ['S10', 'S3'],
      ],
      ['no type at all', { ...all, types: [] }, []],
      ['no status at all', { ...all, statuses: [] }, []],
      ['a type named twice', { ...all, types: ['ProofCreation', 'ProofCreation'] }, ['P1', 'P3']],
    ])('lists %s', async (_, query, expected) => {
      await store.insert([
        sampleJob('SnosRun', 10, { status: 'Failed' }),
        sampleJob('SnosRun', 2),
        sampleJob('SnosRun', 1, { status: 'Completed' }),
        sampleJob('SnosRun', 3, { status: 'PendingVerification' }),
        sampleJob('ProofCreation', 3),
        sampleJob('ProofCreation', 1, { status: 'Completed' }),
      ]);
      const listed = await store.list(query);
      expect(listed.map((job) => `${job.job_type[0]}${job.internal_id}`)).toEqual(expected);
    });

    it('answers what is due, earliest first, and nothing that is not', async () => {
      const jobs = [30, 10, null, 20, 40].map((next_action_at, index) =>
        sampleJob('SnosRun', index, { next_action_at }),
      );
      await store.insert(jobs);
      const dueAt = async (now: number, limit = 10) => (await store.due(now, limit)).map((job) => job.next_action_at);
      expect(await dueAt(9)).toEqual([]);
      expect(await dueAt(30)).toEqual([10, 20, 30]);
      expect(await dueAt(100, 2)).toEqual([10, 20]);
      const [first] = jobs;
      if (first === undefined) throw new Error('no job');
      const rested = { ...first, version: 1, next_action_at: null };
      await store.commit({ expected: { version: 0, leaseToken: null }, job: rested });
      expect(await dueAt(100)).toEqual([10, 20, 40]);
    });

    it('counts by type and status, through every kind of change', async () => {
      const jobs = [
        sampleJob('SnosRun', 1),
        sampleJob('SnosRun', 2, { status: 'Completed' }),
        sampleJob('SnosRun', 3, { status: 'Completed' }),
        sampleJob('ProofCreation', 1),
      ];
      await store.insert(jobs);
      const counts = async () =>
        Object.fromEntries((await store.counts()).map((one) => [`${one.type} ${one.status}`, one.count]));
      expect(await counts()).toEqual({ 'SnosRun Created': 1, 'SnosRun Completed': 2, 'ProofCreation Created': 1 });
      const [created, completed] = jobs;
      if (created === undefined || completed === undefined) throw new Error('no job');
      const expected = { version: 0, leaseToken: null };
      await store.commit({ expected, job: { ...created, version: 1, status: 'Completed' } });
      await store.commit({ expected, job: { ...completed, version: 1, status: 'PendingVerification' } });
      expect(await counts()).toEqual({
        'SnosRun PendingVerification': 1,
        'SnosRun Completed': 2,
        'ProofCreation Created': 1,
      });
    });

    it('keeps the identity that was claimed first', async () => {
      expect(await store.identity()).toBeUndefined();
      expect(await store.claimIdentity(identity)).toEqual(identity);
      const other = { ...identity, settlementChainId: 'ethereum:1' };
      expect(await store.claimIdentity(other)).toEqual(identity);
      expect(await store.identity()).toEqual(identity);
    });

    it('keeps the position at which its contract stood when it was new', async () => {
      const atTwo = { ...identity, positionAtStart: 2 };
      expect(await store.claimIdentity(atTwo)).toEqual(atTwo);
      expect(await store.claimIdentity({ ...identity, positionAtStart: 9 })).toEqual(atTwo);
      expect(await store.identity()).toEqual(atTwo);
    });

    it('stores owed messages with the job unless it delivers them itself', async () => {
      const wake = { kind: 'wake', phase: 'process', sequence: 1, due_at: 5 } as const;
      const alert = { kind: 'alert', text: 'look', job_version: 1 } as const;
      const job = sampleJob('SnosRun', 1, { outbox: { sequence: 1, due_at: 5, entries: [wake, alert] } });
      const [outcome] = await store.insert([job]);
      if (outcome?.kind !== 'inserted') throw new Error('not inserted');
      expect((await store.get(job.id))?.outbox.entries).toEqual(outcome.delivered ? [alert] : [wake, alert]);
    });
  });
}
