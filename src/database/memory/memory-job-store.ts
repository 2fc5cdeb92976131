import type { Job, JobStatus, JobType } from '../../jobs/job.ts';
import type { CommitOutcome, Identity, InsertOutcome, JobChange, JobCount, JobQuery, JobStore } from '../job-store.ts';
import { frozenDocument } from './frozen-document.ts';

/**
 * Jobs in memory, for the simulation. Documents are stored frozen and handed out as they are. Not co-located with any
 * queue: outbox entries are kept and answered as not delivered.
 */
export class MemoryJobStore implements JobStore {
  readonly delivers = false;
  readonly #jobs = new Map<string, Job>();
  readonly #ids = new Map<string, string>();
  #identity: Identity | undefined;

  async insert(jobs: readonly Job[], { ordered = false } = {}): Promise<InsertOutcome[]> {
    let ended = false;
    return jobs.map((job) => {
      if (ended) return { kind: 'skipped' };
      const place = placeOf(job.job_type, job.internal_id);
      if (this.#ids.has(place) || this.#jobs.has(job.id)) {
        ended = ordered;
        return { kind: 'exists' };
      }
      this.#jobs.set(job.id, frozenDocument(job));
      this.#ids.set(place, job.id);
      return { kind: 'inserted', delivered: false };
    });
  }

  async commit({ expected, job }: JobChange): Promise<CommitOutcome> {
    const stored = this.#jobs.get(job.id);
    const fits = stored?.version === expected.version && (stored.lease?.token ?? null) === expected.leaseToken;
    if (!fits) return { kind: 'conflict' };
    this.#jobs.set(job.id, frozenDocument(job));
    return { kind: 'committed', delivered: false, inserted: [] };
  }

  async get(id: string): Promise<Job | undefined> {
    return this.#jobs.get(id);
  }

  async find(type: JobType, internalId: number): Promise<Job | undefined> {
    return this.#jobs.get(this.#ids.get(placeOf(type, internalId)) ?? '');
  }

  async latest(type: JobType, status?: JobStatus): Promise<Job | undefined> {
    return this.#select({
      types: [type],
      ...(status === undefined ? {} : { statuses: [status] }),
      order: 'descending',
      limit: 1,
    })[0];
  }

  async list(query: JobQuery): Promise<Job[]> {
    return this.#select(query);
  }

  async due(now: number, limit: number): Promise<Job[]> {
    const dueAt = (job: Job): number => job.next_action_at ?? Number.POSITIVE_INFINITY;
    return [...this.#jobs.values()]
      .filter((job) => dueAt(job) <= now)
      .sort((a, b) => dueAt(a) - dueAt(b))
      .slice(0, limit);
  }

  async counts(): Promise<JobCount[]> {
    const counts = new Map<string, JobCount>();
    for (const { job_type: type, status } of this.#jobs.values()) {
      const key = `${type} ${status}`;
      counts.set(key, { type, status, count: (counts.get(key)?.count ?? 0) + 1 });
    }
    return [...counts.values()];
  }

  async identity(): Promise<Identity | undefined> {
    return this.#identity;
  }

  async claimIdentity(identity: Identity): Promise<Identity> {
    this.#identity ??= frozenDocument({ ...identity });
    return this.#identity;
  }

  async close(): Promise<void> {}

  #select({
    types,
    statuses,
    from = Number.NEGATIVE_INFINITY,
    to = Number.POSITIVE_INFINITY,
    order,
    limit,
  }: JobQuery): Job[] {
    const sign = order === 'descending' ? -1 : 1;
    return [...this.#jobs.values()]
      .filter(
        (job) =>
          (types?.includes(job.job_type) ?? true) &&
          (statuses?.includes(job.status) ?? true) &&
          job.internal_id >= from &&
          job.internal_id <= to,
      )
      .sort((a, b) => sign * (a.internal_id - b.internal_id || (a.job_type < b.job_type ? -1 : 1)))
      .slice(0, Math.max(0, limit));
  }
}

function placeOf(type: JobType, internalId: number): string {
  return `${type} ${internalId}`;
}
