import { JOB_STATUSES, JOB_TYPES, type Job, type JobStatus, type JobType, type OutboxEntry } from '../../jobs/job.ts';
import type { EmbeddedQueues } from '../../queues/embedded/embedded-queues.ts';
import { queueFor } from '../../queues/job-queues.ts';
import type { OutgoingMessage } from '../../queues/queue.ts';
import type { CommitOutcome, Identity, InsertOutcome, JobChange, JobCount, JobQuery, JobStore } from '../job-store.ts';
import type { EmbeddedDatabase } from './embedded-database.ts';
import type { PendingCommit } from './write-batcher.ts';

type Wake = Extract<OutboxEntry, { readonly kind: 'wake' }>;

/** How owed messages and jobs become rows of the same transaction. */
export interface CoLocatedDelivery {
  readonly queues: EmbeddedQueues;
  /** Body and attributes of a wake-up; its delay is taken from the entry's `due_at`. */
  readonly message: (job: Job, wake: Wake) => OutgoingMessage;
  /** The job as it is stored once its wake-up and successors are delivered. */
  readonly withoutDelivered: (job: Job) => Job;
}

const INSERT = `INSERT INTO jobs (id, job_type, internal_id, status, version, lease_token, next_action_at, created_at, updated_at, document)
  VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING`;
const COMMIT = `UPDATE jobs SET status = ?, version = ?, lease_token = ?, next_action_at = ?, updated_at = ?, document = ?
  WHERE id = ? AND version = ? AND lease_token IS ?`;
const BY_ID = 'SELECT document FROM jobs WHERE id = ?';
const BY_RANGE = 'SELECT document FROM jobs WHERE job_type = ? AND internal_id = ?';
const LATEST = 'SELECT document FROM jobs WHERE job_type = ? ORDER BY internal_id DESC LIMIT 1';
const LATEST_OF_STATUS =
  'SELECT document FROM jobs WHERE job_type = ? AND status = ? ORDER BY internal_id DESC LIMIT 1';
const DUE = 'SELECT document FROM jobs WHERE next_action_at <= ? ORDER BY next_action_at LIMIT ?';
const COUNTS = `SELECT job_type, status, COUNT(*) AS count FROM jobs
    WHERE job_type IN (${quoted(JOB_TYPES)}) AND status IN (${quoted(JOB_STATUSES.filter((status) => status !== 'Completed'))})
    GROUP BY job_type, status
  UNION ALL SELECT job_type, 'Completed', count FROM completed_counts WHERE count > 0`;
const IDENTITY = 'SELECT document FROM identity WHERE id = 1';
const CLAIM_IDENTITY = 'INSERT INTO identity (id, document) VALUES (1, ?) ON CONFLICT DO NOTHING';

/**
 * Jobs in the embedded database. With `delivery`, wake-ups and successors that a job owes are written to the queues and
 * the job table by the transaction that changes the job, and the stored job owes them no more. A change that owes
 * successors but does not bring their documents is stored as it is.
 */
export class EmbeddedJobStore implements JobStore {
  readonly delivers: boolean;
  readonly #database: EmbeddedDatabase;
  readonly #delivery: CoLocatedDelivery | undefined;

  constructor(database: EmbeddedDatabase, delivery?: CoLocatedDelivery) {
    this.#database = database;
    this.#delivery = delivery;
    this.delivers = delivery !== undefined;
  }

  insert(jobs: readonly Job[], { ordered = false } = {}): Promise<InsertOutcome[]> {
    if (jobs.length === 0) return Promise.resolve([]);
    return this.#database.write((commit) => {
      let ended = false;
      return jobs.map((job) => {
        if (ended) return { kind: 'skipped' };
        const delivered = this.#delivery !== undefined && countSuccessors(job) === 0;
        if (this.#insertOne(job, commit)) return { kind: 'inserted', delivered };
        ended = ordered;
        return { kind: 'exists' };
      });
    });
  }

  commit({ expected, job, successors = [] }: JobChange): Promise<CommitOutcome> {
    return this.#database.write((commit) => {
      const delivered = this.#delivery !== undefined && successors.length === countSuccessors(job);
      const stored = delivered ? this.#stored(job) : job;
      const { changes } = this.#database
        .statement(COMMIT)
        .run(
          stored.status,
          stored.version,
          stored.lease?.token ?? null,
          stored.next_action_at,
          stored.updated_at,
          JSON.stringify(stored),
          stored.id,
          expected.version,
          expected.leaseToken,
        );
      if (changes === 0) return { kind: 'conflict' };
      if (!delivered) return { kind: 'committed', delivered, inserted: [] };
      this.#sendWakes(job, commit);
      return {
        kind: 'committed',
        delivered,
        inserted: successors.map((successor) => this.#insertOne(successor, commit)),
      };
    });
  }

  get(id: string): Promise<Job | undefined> {
    return this.#one(BY_ID, id);
  }

  find(type: JobType, internalId: number): Promise<Job | undefined> {
    return this.#one(BY_RANGE, type, internalId);
  }

  latest(type: JobType, status?: JobStatus): Promise<Job | undefined> {
    return status === undefined ? this.#one(LATEST, type) : this.#one(LATEST_OF_STATUS, type, status);
  }

  list(query: JobQuery): Promise<Job[]> {
    const types = [...new Set(query.types ?? JOB_TYPES)];
    const statuses = query.statuses === undefined ? undefined : [...new Set(query.statuses)];
    if (types.length === 0 || statuses?.length === 0 || query.limit <= 0) return Promise.resolve([]);
    const bounds = [query.from ?? Number.MIN_SAFE_INTEGER, query.to ?? Number.MAX_SAFE_INTEGER, query.limit];
    const seeks = types.flatMap((type) =>
      (statuses ?? [undefined]).map((status) => (status === undefined ? [type] : [type, status])),
    );
    const sql = listStatement(seeks.length, statuses !== undefined, query.order === 'descending' ? 'DESC' : 'ASC');
    const parameters = [...seeks.flatMap((seek) => [...seek, ...bounds]), query.limit];
    return this.#many(sql, ...parameters);
  }

  due(now: number, limit: number): Promise<Job[]> {
    return this.#many(DUE, now, limit);
  }

  counts(): Promise<JobCount[]> {
    return this.#database.read(() =>
      this.#database
        .statement(COUNTS)
        .all()
        .map((row) => ({
          type: row.job_type as JobType,
          status: row.status as JobStatus,
          count: Number(row.count),
        })),
    );
  }

  identity(): Promise<Identity | undefined> {
    return this.#database.read(() => parse<Identity>(this.#database.statement(IDENTITY).get()));
  }

  claimIdentity(identity: Identity): Promise<Identity> {
    return this.#database.write(() => {
      this.#database.statement(CLAIM_IDENTITY).run(JSON.stringify(identity));
      return parse<Identity>(this.#database.statement(IDENTITY).get()) ?? identity;
    });
  }

  /** The database is shared with the queues; whoever opened it closes it. */
  close(): Promise<void> {
    return Promise.resolve();
  }

  /** True when the job was new. */
  #insertOne(job: Job, commit: PendingCommit): boolean {
    const stored = countSuccessors(job) === 0 ? this.#stored(job) : job;
    const { changes } = this.#database
      .statement(INSERT)
      .run(
        stored.id,
        stored.job_type,
        stored.internal_id,
        stored.status,
        stored.version,
        stored.lease?.token ?? null,
        stored.next_action_at,
        stored.created_at,
        stored.updated_at,
        JSON.stringify(stored),
      );
    if (changes === 0) return false;
    if (stored !== job) this.#sendWakes(job, commit);
    return true;
  }

  /** The document that goes into the table: without what the same transaction delivers. */
  #stored(job: Job): Job {
    return this.#delivery === undefined || job.outbox.entries.length === 0 ? job : this.#delivery.withoutDelivered(job);
  }

  #sendWakes(job: Job, commit: PendingCommit): void {
    if (this.#delivery === undefined) return;
    const { queues, message } = this.#delivery;
    for (const entry of job.outbox.entries) {
      if (entry.kind !== 'wake') continue;
      queues.enqueue(queueFor(job.job_type, entry.phase), message(job, entry), entry.due_at, commit);
    }
  }

  #one(sql: string, ...parameters: (string | number)[]): Promise<Job | undefined> {
    return this.#database.read(() => parse<Job>(this.#database.statement(sql).get(...parameters)));
  }

  #many(sql: string, ...parameters: (string | number)[]): Promise<Job[]> {
    return this.#database.read(() =>
      this.#database
        .statement(sql)
        .all(...parameters)
        .map((row) => JSON.parse(String(row.document)) as Job),
    );
  }
}

function countSuccessors(job: Job): number {
  return job.outbox.entries.reduce((count, { kind }) => count + (kind === 'successor' ? 1 : 0), 0);
}

/**
 * One index seek for each type, or type and status, merged: the finished jobs of a long chain are never walked through.
 * Only the merged rows are then looked up for their documents.
 */
function listStatement(seeks: number, byStatus: boolean, order: 'ASC' | 'DESC'): string {
  const seek = `SELECT * FROM (SELECT seq, internal_id, job_type FROM jobs
    WHERE job_type = ? ${byStatus ? 'AND status = ?' : ''} AND internal_id BETWEEN ? AND ? ORDER BY internal_id ${order} LIMIT ?)`;
  return `WITH selected AS (
      SELECT seq, internal_id, job_type FROM (${Array(seeks).fill(seek).join(' UNION ALL ')})
      ORDER BY internal_id ${order}, job_type ${order} LIMIT ?
    )
    SELECT jobs.document FROM selected CROSS JOIN jobs ON jobs.seq = selected.seq
    ORDER BY selected.internal_id ${order}, selected.job_type ${order}`;
}

function parse<T>(row: Record<string, unknown> | undefined): T | undefined {
  return row === undefined ? undefined : (JSON.parse(String(row.document)) as T);
}

function quoted(values: readonly string[]): string {
  return values.map((value) => `'${value}'`).join(', ');
}
