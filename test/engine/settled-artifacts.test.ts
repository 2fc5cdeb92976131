import { describe, expect, it } from '@jest/globals';
import { SettledArtifactTagger } from '../../src/app/settled-artifact-tagger.ts';
import { MemoryJobStore } from '../../src/database/memory/memory-job-store.ts';
import { MemoryLockStore } from '../../src/database/memory/memory-lock-store.ts';
import { createJob } from '../../src/jobs/create-job.ts';
import type { Job } from '../../src/jobs/job.ts';
import { defaultPolicies } from '../../src/jobs/job-policy.ts';
import { transition } from '../../src/jobs/lifecycle.ts';
import type { JobEvent } from '../../src/jobs/lifecycle-event.ts';
import { stateTransitionJobFor } from '../../src/jobs/new-jobs.ts';
import type { ExpiringObjectStore } from '../../src/storage/expiring-object-store.ts';
import { MemoryObjectStore } from '../../src/storage/memory/memory-object-store.ts';
import { silentLog } from '../../src/telemetry/log.ts';
import { sampleJob } from '../conformance/sample-jobs.ts';
import { VirtualClock } from '../virtual-clock.ts';
import { range } from './instances.ts';
import { intercept } from './intercept.ts';

const RETENTION_MS = 14 * 86_400_000;

const policy = defaultPolicies({ maxProcessAttempts: 3, maxLostLeases: 3, verifyDeadlineMs: 60_000 }).StateTransition;

/** Objects that remember which of them were marked. */
class TaggedObjects extends MemoryObjectStore implements ExpiringObjectStore {
  readonly tagged: string[] = [];

  async tagForExpiry(key: string): Promise<void> {
    this.tagged.push(key);
  }
}

class World {
  readonly clock = new VirtualClock();
  readonly store = new MemoryJobStore();
  readonly locks = new MemoryLockStore(this.clock);
  readonly objects = new TaggedObjects();
  queries = 0;

  /** By default so long ago that nothing has to stay. */
  async settle(block: number, settledAt = this.clock.now() - RETENTION_MS): Promise<void> {
    const sample = sampleJob('DataSubmission', block);
    const specific = {
      type: 'Da' as const,
      start_block: block,
      end_block: block,
      num_blocks: 1,
      block_number: block,
      blob_data_path: `${block}/blob_data.txt`,
      snos_fact: `0x${'1'.repeat(64)}`,
      tx_hash: null,
      blob_sha256: '2'.repeat(64),
      commitments: [],
      versioned_hashes: [],
    };
    const submitted = { ...sample, metadata: { ...sample.metadata, specific } };
    const job = createJob(stateTransitionJobFor(submitted, sample.id), settledAt, '0.1.0', policy);
    await this.store.insert([{ ...job, status: 'Completed', outbox: { ...job.outbox, due_at: null, entries: [] } }]);
    for (const name of ['blob_data.txt', 'cairo_pie.zip'])
      await this.objects.put(`${block}/${name}`, new Uint8Array([1]));
  }

  async apply(job: Job, event: JobEvent): Promise<boolean> {
    const next = transition(job, event, this.clock.now(), policy);
    if (!next.accepted) return false;
    const outcome = await this.store.commit({ expected: { version: job.version, leaseToken: null }, job: next.job });
    return outcome.kind === 'committed';
  }

  tagger(owner: string, jobsPerPass?: number): SettledArtifactTagger {
    return new SettledArtifactTagger({
      store: intercept(this.store, async (method, run) => {
        if (method === 'list') this.queries += 1;
        return run();
      }),
      locks: this.locks,
      objects: this.objects,
      apply: (job, event) => this.apply(job, event),
      clock: this.clock,
      log: silentLog,
      retentionMs: RETENTION_MS,
      owner,
      ...(jobsPerPass !== undefined && { jobsPerPass }),
    });
  }

  /** Blocks whose artifacts were marked, as often as they were. */
  get blocks(): number[] {
    return this.objects.tagged.filter((key) => key.endsWith('.zip')).map((key) => Number.parseInt(key, 10));
  }

  async job(block: number): Promise<Job> {
    const job = await this.store.find('StateTransition', block);
    if (job === undefined) throw new Error(`no job of block ${block}`);
    return job;
  }
}

describe('SettledArtifactTagger', () => {
  it('marks every artifact of settled blocks once, oldest first, a bounded number a pass', async () => {
    const world = new World();
    for (const block of range(100, 124)) await world.settle(block);
    await world.objects.put('125/cairo_pie.zip', new Uint8Array([1]));
    const tagger = world.tagger('one', 10);
    expect(await tagger.pass()).toBe(10);
    expect(world.blocks).toEqual(range(100, 109));
    expect([await tagger.pass(), await tagger.pass(), await tagger.pass()]).toEqual([10, 5, 0]);
    expect(world.blocks).toEqual(range(100, 124));
    expect(world.objects.tagged).toHaveLength(50);
    expect((await world.job(100)).metadata.specific).toMatchObject({ storage_artifacts_tagged_at: world.clock.now() });
    await world.settle(125);
    expect(await tagger.pass()).toBe(1);
    expect(world.blocks.at(-1)).toBe(125);
  });

  it('marks nothing before its block has been settled for the retention time, however old the objects are', async () => {
    const world = new World();
    const start = world.clock.now();
    for (const block of [0, 1, 2, 3]) await world.settle(block, start + (block - 3) * 1_000);
    const tagger = world.tagger('one');
    expect(await tagger.pass()).toBe(0);
    await world.clock.advance(RETENTION_MS - 2_001);
    expect([await tagger.pass(), world.blocks]).toEqual([1, [0]]);
    await world.clock.advance(1);
    expect([await world.tagger('two').pass(), world.blocks]).toEqual([1, [0, 1]]);
    await world.clock.advance(2_000);
    expect([await tagger.pass(), world.blocks]).toEqual([2, [0, 1, 2, 3]]);
  });

  it('keeps what a reorg had settled anew for the whole retention time, and what comes after it as well', async () => {
    const world = new World();
    for (const block of range(0, 9)) await world.settle(block);
    const tagger = world.tagger('one');
    expect(await tagger.pass()).toBe(10);
    expect(await world.apply(await world.job(4), { type: 'reorged', reason: 'reorg' })).toBe(true);
    const reopened = await world.job(4);
    const again = { ...reopened, status: 'Completed' as const, version: reopened.version + 1 };
    await world.store.commit({ expected: { version: reopened.version, leaseToken: null }, job: again });
    await world.settle(10);
    expect(await tagger.pass()).toBe(0);
    await world.clock.advance(RETENTION_MS);
    expect([await tagger.pass(), world.blocks.slice(-2)]).toEqual([2, [4, 10]]);
  });

  it('starts where nobody has settled anything', async () => {
    const world = new World();
    const tagger = world.tagger('one');
    expect(await tagger.pass()).toBe(0);
    await world.settle(7);
    expect(await tagger.pass()).toBe(1);
  });

  it('finds in a few queries where another left off', async () => {
    const world = new World();
    for (const block of range(0, 999)) await world.settle(block * 3);
    await world.tagger('one', 620).pass();
    world.queries = 0;
    const tagger = world.tagger('two', 20);
    expect(await tagger.pass()).toBe(20);
    expect(world.queries).toBeLessThanOrEqual(16);
    expect(world.blocks.slice(-20)).toEqual(range(620, 639).map((index) => index * 3));
  });

  it('is done by one instance at a time', async () => {
    const world = new World();
    for (const block of range(0, 9)) await world.settle(block);
    const marked = await Promise.all(['one', 'two', 'three'].map((owner) => world.tagger(owner).pass()));
    expect([...marked].sort()).toEqual([0, 0, 10]);
    expect(world.blocks).toEqual(range(0, 9));
  });

  it('marks anew what a reorg reopened, by the instance that had passed it and by any later one', async () => {
    const world = new World();
    for (const block of range(0, 299)) await world.settle(block);
    const tagger = world.tagger('one', 1_000);
    expect(await tagger.pass()).toBe(300);
    for (const by of [tagger, world.tagger('two')]) {
      expect(await world.apply(await world.job(150), { type: 'reorged', reason: 'reorg' })).toBe(true);
      expect(await by.pass()).toBe(0);
      const reopened = await world.job(150);
      const settledAt = world.clock.now() - RETENTION_MS;
      const settled = { status: 'Completed' as const, updated_at: settledAt };
      const again = { ...reopened, ...settled, version: reopened.version + 1 };
      await world.store.commit({ expected: { version: reopened.version, leaseToken: null }, job: again });
      expect(await by.pass()).toBe(1);
      expect(await by.pass()).toBe(0);
    }
    expect(world.blocks.filter((block) => block === 150)).toHaveLength(3);
  });

  it('leaves a job to the next pass that is reopened while it is marked', async () => {
    const world = new World();
    for (const block of [0, 1, 2]) await world.settle(block);
    const tag = world.objects.tagForExpiry.bind(world.objects);
    let reopened = false;
    world.objects.tagForExpiry = async (key) => {
      if (key.startsWith('1/') && !reopened) {
        reopened = true;
        await world.apply(await world.job(1), { type: 'reorged', reason: 'reorg' });
      }
      await tag(key);
    };
    const tagger = world.tagger('one');
    expect(await tagger.pass()).toBe(1);
    expect(await tagger.pass()).toBe(1);
    expect((await world.job(1)).metadata.specific).toMatchObject({ storage_artifacts_tagged_at: null });
    expect((await world.job(2)).metadata.specific).toMatchObject({ storage_artifacts_tagged_at: world.clock.now() });
  });
});
