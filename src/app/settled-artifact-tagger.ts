import type { Clock } from '../clock/clock.ts';
import type { JobStore } from '../database/job-store.ts';
import type { LockStore } from '../database/lock-store.ts';
import type { Job } from '../jobs/job.ts';
import type { JobEvent } from '../jobs/lifecycle-event.ts';
import type { ExpiringObjectStore } from '../storage/expiring-object-store.ts';
import type { Log } from '../telemetry/log.ts';
import { RETENTION_LOCK, RETENTION_LOCK_MS } from './retention.ts';

export interface SettledArtifactTaggerOptions {
  readonly store: JobStore;
  readonly locks: LockStore;
  readonly objects: ExpiringObjectStore;
  /** Commits an event of a job as it was read; false when the job has changed since. */
  readonly apply: (job: Job, event: JobEvent) => Promise<boolean>;
  readonly clock: Clock;
  readonly log: Log;
  /**
   * Milliseconds that artifacts stay without a mark after their block was settled. A rule of the store counts from the making of
   * an object, which may lie long before that: what is marked may be gone at once.
   */
  readonly retentionMs: number;
  /** Holder of the lock; this instance's alone. */
  readonly owner: string;
  /** Jobs that one pass looks at. */
  readonly jobsPerPass?: number;
}

/**
 * Settled jobs below the point that was reached which every pass looks at again. A job that a reorg of the settlement
 * layer reopened is among them: there is at most one update in a block of that layer, and what is deeper than this is final.
 */
const LOOK_BACK = 200;
const RENEW_MS = RETENTION_LOCK_MS / 5;

/**
 * Marks the artifacts of blocks that have been settled for longer than the retention time, for a store that then removes them by
 * a rule of its own; oldest first, and noted in the settlement job, so that no block is gone through twice. One instance at
 * a time does it.
 */
export class SettledArtifactTagger {
  readonly #options: SettledArtifactTaggerOptions;
  /** Every settled job below it has been marked; undefined before the first pass. */
  #reached: number | undefined;

  constructor(options: SettledArtifactTaggerOptions) {
    this.#options = options;
  }

  /** One pass; answers the number of jobs whose artifacts were marked. */
  async pass(): Promise<number> {
    const { locks, log, owner } = this.#options;
    if ((await locks.acquire(RETENTION_LOCK, owner, RETENTION_LOCK_MS)) === undefined) return 0;
    try {
      const tagged = await this.#pass();
      if (tagged > 0) log.info({ jobs: tagged }, 'artifacts of settled blocks marked for removal');
      return tagged;
    } finally {
      await locks.release(RETENTION_LOCK, owner);
    }
  }

  async #pass(): Promise<number> {
    const { clock, retentionMs, jobsPerPass = LOOK_BACK } = this.#options;
    this.#reached ??= await this.#firstUntagged();
    const reached = this.#reached;
    const behind =
      reached === undefined ? [] : await this.#settled({ to: reached - 1, order: 'descending' }, LOOK_BACK);
    const ahead = await this.#settled({ from: reached ?? 0 }, jobsPerPass);
    let renewedAt = clock.now();
    let tagged = 0;
    for (const job of [...behind.reverse(), ...ahead]) {
      if (!isTagged(job)) {
        // Ascending: the first block that must stay ends the pass, also one that a reorg had settled anew.
        if (clock.now() - job.updated_at < retentionMs) return tagged;
        if (!(await this.#tag(job))) return tagged;
        tagged += 1;
      }
      this.#reached = Math.max(this.#reached ?? 0, job.internal_id + 1);
      if (clock.now() - renewedAt < RENEW_MS) continue;
      if (!(await this.#stillOurs())) return tagged;
      renewedAt = clock.now();
    }
    return tagged;
  }

  /** False when the job has changed meanwhile, and is to be looked at again. */
  async #tag(job: Job): Promise<boolean> {
    const { objects, apply } = this.#options;
    for (const key of await objects.list(`${job.internal_id}/`)) await objects.tagForExpiry(key);
    return apply(job, { type: 'artifacts-tagged' });
  }

  async #stillOurs(): Promise<boolean> {
    const { locks, owner } = this.#options;
    return (await locks.acquire(RETENTION_LOCK, owner, RETENTION_LOCK_MS)) !== undefined;
  }

  /**
   * Block of the first settled job that is not marked; behind the last one when all are; undefined when there is none.
   * Jobs are marked in ascending order, so halving the blocks finds it in as many small queries as their number has bits.
   */
  async #firstUntagged(): Promise<number | undefined> {
    const { store } = this.#options;
    const [first] = await this.#settled({}, 1);
    const last = await store.latest('StateTransition', 'Completed');
    if (first === undefined || last === undefined) return undefined;
    let low = first.internal_id;
    let high = last.internal_id + 1;
    while (low < high) {
      const middle = Math.floor((low + high) / 2);
      const [job] = await this.#settled({ from: middle }, 1);
      if (job !== undefined && isTagged(job)) low = job.internal_id + 1;
      else high = middle;
    }
    return low;
  }

  #settled(range: { from?: number; to?: number; order?: 'descending' }, limit: number): Promise<Job[]> {
    return this.#options.store.list({ types: ['StateTransition'], statuses: ['Completed'], ...range, limit });
  }
}

function isTagged({ metadata: { specific } }: Job): boolean {
  return specific.type === 'StateUpdate' && specific.storage_artifacts_tagged_at !== null;
}
