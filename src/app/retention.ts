import type { Clock } from '../clock/clock.ts';
import type { JobStore } from '../database/job-store.ts';
import type { LockStore } from '../database/lock-store.ts';
import type { ObjectStore } from '../storage/object-store.ts';
import type { Log } from '../telemetry/log.ts';

export interface RetentionSettings {
  /** Milliseconds that the artifacts of a settled block are kept after it was settled. */
  readonly retentionMs: number;
  readonly owner: string;
}

/** Lock of whoever removes artifacts or marks them for removal. */
export const RETENTION_LOCK = 'StorageCleanupWorker';
export const RETENTION_LOCK_MS = 300_000;

/**
 * Removes the artifacts of blocks that have been settled for longer than the retention time, oldest first. One instance
 * at a time does it. What belongs to a block that is not settled is never touched. Answers the number of objects removed.
 */
export async function expireArtifacts(
  stores: { readonly store: JobStore; readonly locks: LockStore; readonly objects: ObjectStore },
  clock: Clock,
  settings: RetentionSettings,
  log: Log,
): Promise<number> {
  const { store, locks, objects } = stores;
  if ((await locks.acquire(RETENTION_LOCK, settings.owner, RETENTION_LOCK_MS)) === undefined) return 0;
  let removed = 0;
  try {
    for (const prefix of await oldestBlocks(objects)) {
      const job = await store.find('StateTransition', prefix);
      // Left over by a block that is not ours to settle; those that are not settled yet come after all that are.
      if (job === undefined) continue;
      // Ascending: the first block that must stay ends the pass.
      if (job.status !== 'Completed' || clock.now() - job.updated_at < settings.retentionMs) break;
      for (const key of await objects.list(`${prefix}/`)) {
        await objects.delete(key);
        removed += 1;
      }
      await locks.acquire(RETENTION_LOCK, settings.owner, RETENTION_LOCK_MS);
    }
  } finally {
    await locks.release(RETENTION_LOCK, settings.owner);
  }
  if (removed > 0) log.info({ removed }, 'artifacts of settled blocks removed after the retention time');
  return removed;
}

async function oldestBlocks(objects: ObjectStore): Promise<number[]> {
  const blocks = new Set<number>();
  for (const key of await objects.list('')) {
    const block = /^(\d{1,15})\//.exec(key)?.[1];
    if (block !== undefined) blocks.add(Number(block));
  }
  return [...blocks].sort((a, b) => a - b);
}
