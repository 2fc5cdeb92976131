import { describe, expect, it } from '@jest/globals';
import { expireArtifacts } from '../../src/app/retention.ts';
import { MemoryObjectStore } from '../../src/storage/memory/memory-object-store.ts';
import { silentLog } from '../../src/telemetry/log.ts';
import { FakeContract } from './fake-contract.ts';
import { blocksOf, range, VirtualInstances } from './instances.ts';
import { intercept } from './intercept.ts';
import { Stages } from './stages.ts';

const DAY_MS = 86_400_000;
const RETENTION_MS = 14 * DAY_MS;

/** Blocks 10 to 12 settled, three days after them 13 and 14, and 15 and 16 not; each with two artifacts, and one object of no block. */
async function chain() {
  const world = new VirtualInstances();
  const contract = new FakeContract(12, 9);
  const stages = new Stages(contract, {
    script: async ({ type, block }) =>
      type === 'StateTransition' && block > 14
        ? { kind: 'deferred', retryAfterMs: DAY_MS, waitingFor: 'the test' }
        : undefined,
  });
  const instance = world.instance('one', contract, stages, { cronMs: 60_000, reconcileMs: 60_000 });
  const settled = async (count: number): Promise<boolean> =>
    (await blocksOf(world.store, 'StateTransition', 'Completed')).length === count;
  await instance.start();
  await world.until('the first settled', () => settled(3));
  await world.during(instance.stop(0));
  await world.clock.advance(3 * DAY_MS);
  contract.newest = 16;
  const later = world.instance('two', contract, stages, { cronMs: 60_000, reconcileMs: 60_000 });
  await later.start();
  await world.until('the next settled', () => settled(5));
  await world.during(later.stop(0));
  const objects = new MemoryObjectStore();
  const keys = range(10, 16).flatMap((block) => [`${block}/blob_data.txt`, `${block}/cairo_pie.zip`]);
  for (const key of [...keys, 'notes/readme.txt']) await objects.put(key, new Uint8Array([1]));
  const deleted: string[] = [];
  const watched = intercept(objects, async (method, run, args) => {
    if (method === 'delete') deleted.push(String(args[0]));
    return run();
  });
  const expire = (owner: string): Promise<number> =>
    expireArtifacts(
      { store: world.store, locks: world.locks, objects: watched },
      world.clock,
      { retentionMs: RETENTION_MS, owner },
      silentLog,
    );
  const left = async (): Promise<number[]> => [
    ...new Set((await objects.list('')).map((key) => Number.parseInt(key, 10)).filter((block) => !Number.isNaN(block))),
  ];
  return { world, objects, deleted, expire, left };
}

describe('retention', () => {
  it('removes the artifacts of blocks that were settled long enough ago, and of no others, ever', async () => {
    const { world, objects, expire, left } = await chain();
    expect(await expire('one')).toBe(0);
    await world.clock.advance(RETENTION_MS - 3 * DAY_MS - 60_000);
    expect(await expire('one')).toBe(0);
    expect(await left()).toEqual(range(10, 16));
    await world.clock.advance(120_000);
    expect(await expire('one')).toBe(6);
    expect(await left()).toEqual([13, 14, 15, 16]);
    await world.clock.advance(4 * DAY_MS);
    expect(await expire('one')).toBe(4);
    await world.clock.advance(1_000 * DAY_MS);
    expect(await expire('one')).toBe(0);
    expect(await left()).toEqual([15, 16]);
    expect(await objects.head('notes/readme.txt')).toBeDefined();
  });

  it('is done by one instance at a time', async () => {
    const { world, deleted, expire } = await chain();
    await world.clock.advance(100 * DAY_MS);
    const removed = await Promise.all([expire('one'), expire('two'), expire('three')]);
    expect(removed.sort()).toEqual([0, 0, 10]);
    expect(deleted.length).toBe(10);
    expect(new Set(deleted).size).toBe(10);
    expect(await expire('two')).toBe(0);
  });

  it('is not held up by artifacts of a block that has no settlement job', async () => {
    const { world, objects, expire, left } = await chain();
    await objects.put('7/blob_data.txt', new Uint8Array([1]));
    await world.clock.advance(100 * DAY_MS);
    expect(await expire('one')).toBe(10);
    expect((await left()).sort((a, b) => a - b)).toEqual([7, 15, 16]);
  });
});
