import { type Collection, type Document, type Filter, Long } from 'mongodb';
import { JOB_STATUSES, JOB_TYPES, type Job, type JobStatus, type JobType } from '../../jobs/job.ts';
import type { CommitOutcome, Identity, InsertOutcome, JobChange, JobCount, JobQuery, JobStore } from '../job-store.ts';
import { changedFields, documentOf, type JobDocument, jobOf, storedId } from './job-document.ts';
import type { MongoDatabase, Try } from './mongo-database.ts';
import { filterFor, QUERIES, type QueryDeclaration, sortFor } from './queries.ts';
import { unlessExists } from './upsert.ts';
import { leaveMark, newMark, RECENT_WRITES, wasWritten } from './write-mark.ts';

/** The record of `installation` that says what the database belongs to. */
interface IdentityRecord {
  readonly _id: 'identity';
  readonly starknet_chain_id: string;
  readonly settlement_chain_id: string;
  readonly core_contract: string;
  readonly schema_version: number;
  readonly position_at_start?: number;
}

/**
 * Jobs in MongoDB. A commit is one update of one document, filtered by id, version and lease token; what the job owes is
 * stored with it and relayed by the engine. A write whose connection was cut is repeated, and by its mark the document
 * tells whether an earlier try was applied, so that an answer is always true.
 */
export class MongoJobStore implements JobStore {
  readonly delivers = false;
  readonly #database: MongoDatabase;
  readonly #jobs: Collection<JobDocument>;

  constructor(database: MongoDatabase) {
    this.#database = database;
    this.#jobs = database.collection<JobDocument>('jobs');
  }

  async insert(jobs: readonly Job[], { ordered = false } = {}): Promise<InsertOutcome[]> {
    const outcomes: InsertOutcome[] = [];
    let ended = false;
    // One after the other: of two jobs for one place the first must win, and an ordered insert must be able to stop.
    for (const job of jobs) {
      const kind: InsertOutcome['kind'] = ended ? 'skipped' : (await this.#insertOne(job)) ? 'inserted' : 'exists';
      outcomes.push(kind === 'inserted' ? { kind, delivered: false } : { kind });
      ended ||= ordered && kind === 'exists';
    }
    return outcomes;
  }

  commit({ expected, job }: JobChange): Promise<CommitOutcome> {
    const mark = newMark();
    const id = storedId(job.id);
    const lease = expected.leaseToken === null ? { lease: null } : { 'lease.token': expected.leaseToken };
    const filter = filterFor(QUERIES.jobCommit, { id }, { version: expected.version, ...lease });
    const update = { $set: changedFields(job), ...leaveMark(mark) };
    return this.#database.run(`change ${nameOf(job)}`, async ({ limits, repeated }) => {
      const { matchedCount } = await this.#jobs.updateOne(filter as Filter<JobDocument>, update as Document, limits);
      const committed =
        matchedCount > 0 ||
        (repeated &&
          wasWritten(
            await this.#jobs.findOne(filterFor(QUERIES.jobById, { id }) as Filter<JobDocument>, limits),
            mark,
            job.version,
          ));
      return committed ? { kind: 'committed', delivered: false, inserted: [] } : { kind: 'conflict' };
    });
  }

  async get(id: string): Promise<Job | undefined> {
    const stored = storedId(id);
    return stored === undefined ? undefined : this.#one(filterFor(QUERIES.jobById, { id: stored }), `read job ${id}`);
  }

  find(type: JobType, internalId: number): Promise<Job | undefined> {
    return this.#one(rangeFilter(type, internalId), `read ${type} ${internalId}`);
  }

  async latest(type: JobType, status?: JobStatus): Promise<Job | undefined> {
    const [job] =
      status === undefined
        ? await this.#many(QUERIES.jobsLatest, { job_type: type }, 'descending', 1)
        : await this.#many(QUERIES.jobsLatestOfStatus, { job_type: type, status }, 'descending', 1);
    return job;
  }

  /**
   * One query for each type, or type and status, merged here: each follows its index from the first row that is wanted, so
   * the finished jobs of a long chain are never walked through.
   */
  async list({ types, statuses, from, to, order = 'ascending', limit }: JobQuery): Promise<Job[]> {
    if (types?.length === 0 || statuses?.length === 0 || limit <= 0) return [];
    const internal_id = { $gte: from ?? Number.MIN_SAFE_INTEGER, $lte: to ?? Number.MAX_SAFE_INTEGER };
    if (types === undefined && statuses === undefined) {
      return this.#many(QUERIES.jobsOfEveryType, { internal_id }, order, limit);
    }
    const seeks = [...new Set(types ?? JOB_TYPES)].flatMap((job_type) =>
      statuses === undefined
        ? [this.#many(QUERIES.jobsOfType, { job_type, internal_id }, order, limit)]
        : [...new Set(statuses)].map((status) =>
            this.#many(QUERIES.jobsOfTypeAndStatus, { job_type, status, internal_id }, order, limit),
          ),
    );
    return (await Promise.all(seeks))
      .flat()
      .sort(order === 'ascending' ? byBlock : (a, b) => byBlock(b, a))
      .slice(0, limit);
  }

  due(now: number, limit: number): Promise<Job[]> {
    // From the epoch on: some servers sort null, the value of a job at rest, below every date.
    const next_action_at = { $gte: new Date(0), $lte: new Date(now) };
    return limit <= 0 ? Promise.resolve([]) : this.#many(QUERIES.jobsDue, { next_action_at }, 'ascending', limit);
  }

  /**
   * One count for each type and status, answered from the index alone: no document is read, however many are finished.
   * The counts are not of one instant; a job that changes meanwhile may be in none of them, or in two.
   */
  async counts(): Promise<JobCount[]> {
    const pairs = JOB_TYPES.flatMap((type) => JOB_STATUSES.map((status) => ({ type, status })));
    const counts = await Promise.all(
      pairs.map(async ({ type, status }) => ({
        type,
        status,
        count: await this.#database.run('count jobs', ({ limits }) =>
          this.#jobs.countDocuments(
            filterFor(QUERIES.jobsCount, { job_type: type, status }) as Filter<JobDocument>,
            // Another index also leads to these jobs, but only this one answers without reading them.
            { ...limits, hint: QUERIES.jobsCount.index.name },
          ),
        ),
      })),
    );
    return counts.filter(({ count }) => count > 0);
  }

  async identity(): Promise<Identity | undefined> {
    const record = await this.#database.run('read the identity', ({ limits }) =>
      this.#database
        .collection<IdentityRecord>('installation')
        .findOne(filterFor(QUERIES.installationRecord, { _id: 'identity' }) as Filter<IdentityRecord>, limits),
    );
    return record === null
      ? undefined
      : {
          starknetChainId: record.starknet_chain_id,
          settlementChainId: record.settlement_chain_id,
          coreContract: record.core_contract,
          schemaVersion: record.schema_version,
          ...(record.position_at_start !== undefined && { positionAtStart: record.position_at_start }),
        };
  }

  async claimIdentity(identity: Identity): Promise<Identity> {
    const record: Omit<IdentityRecord, '_id'> = {
      starknet_chain_id: identity.starknetChainId,
      settlement_chain_id: identity.settlementChainId,
      core_contract: identity.coreContract,
      schema_version: identity.schemaVersion,
      ...(identity.positionAtStart !== undefined && { position_at_start: identity.positionAtStart }),
    };
    await this.#database.run('claim the identity', ({ limits }) =>
      unlessExists(
        this.#database
          .collection<IdentityRecord>('installation')
          .updateOne({ _id: 'identity' }, { $setOnInsert: record }, { ...limits, upsert: true }),
      ),
    );
    return (await this.identity()) ?? identity;
  }

  /** The database is shared with the other stores; whoever opened it closes it. */
  close(): Promise<void> {
    return Promise.resolve();
  }

  /** True when the job was new. */
  #insertOne(job: Job): Promise<boolean> {
    const mark = newMark();
    const place = rangeFilter(job.job_type, job.internal_id);
    const document = { ...documentOf(job), [RECENT_WRITES]: [mark] };
    return this.#database.run(`create ${nameOf(job)}`, async ({ limits, repeated }) => {
      const inserted = await unlessExists(
        this.#jobs.updateOne(place as Filter<JobDocument>, { $setOnInsert: document } as Document, {
          ...limits,
          upsert: true,
        }),
      );
      if (inserted || !repeated) return inserted;
      const stored = await this.#jobs.findOne(place as Filter<JobDocument>, limits);
      return wasWritten(stored, mark, job.version);
    });
  }

  #one(filter: Record<string, unknown>, action: string): Promise<Job | undefined> {
    return this.#database.run(action, async ({ limits }: Try) => {
      const document = await this.#jobs.findOne(filter as Filter<JobDocument>, limits);
      return document === null ? undefined : jobOf(document);
    });
  }

  #many<E extends string, R extends string>(
    query: QueryDeclaration<E, R>,
    values: Readonly<Record<E | R, unknown>>,
    order: 'ascending' | 'descending',
    limit: number,
  ): Promise<Job[]> {
    const filter = filterFor(query, values) as Filter<JobDocument>;
    return this.#database.run('list jobs', async ({ limits }) => {
      const documents = await this.#jobs.find(filter, limits).sort(sortFor(query, order)).limit(limit).toArray();
      return documents.map(jobOf);
    });
  }
}

function rangeFilter(type: JobType, internalId: number): Record<string, unknown> {
  // An int64, because an upsert takes fields of the new document from its filter.
  return filterFor(QUERIES.jobByRange, { job_type: type, internal_id: Long.fromNumber(internalId) });
}

/** The order of `list`: first block, then type as text. */
function byBlock(a: Job, b: Job): number {
  return a.internal_id - b.internal_id || (a.job_type < b.job_type ? -1 : a.job_type > b.job_type ? 1 : 0);
}

function nameOf(job: Job): string {
  return `${job.job_type} ${job.internal_id}`;
}
