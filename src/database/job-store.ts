import type { Job, JobStatus, JobType } from '../jobs/job.ts';

/**
 * Where jobs live. Every change is one atomic write that carries its own outgoing messages (`job.outbox`).
 *
 * A store that shares its transaction with the queues (the embedded one) delivers in the same write: it sends the
 * `wake` entries, inserts `change.successors` (with the `wake` entries of their own) and stores `withoutDelivered(job)`;
 * it then answers `delivered: true`. All others store the job as it is and answer `delivered: false`; the engine relays
 * the entries afterwards and clears them with another commit.
 */
export interface JobStore {
  /** Whether wake-ups are delivered by the write that owes them. */
  readonly delivers: boolean;

  /**
   * Inserts jobs that do not exist yet by `(job_type, internal_id)`; one answer per job, in order. Never an error for one
   * that exists. With `ordered`, the first that exists ends it and the rest is skipped: ranges follow each other, and what
   * another planner has begun is not to be continued from here.
   */
  insert(jobs: readonly Job[], options?: { readonly ordered?: boolean }): Promise<InsertOutcome[]>;

  /** Compare-and-set of one job by id, version and lease token. */
  commit(change: JobChange): Promise<CommitOutcome>;

  get(id: string): Promise<Job | undefined>;
  find(type: JobType, internalId: number): Promise<Job | undefined>;
  /** The job of this type with the greatest `internal_id`, optionally of one status only. */
  latest(type: JobType, status?: JobStatus): Promise<Job | undefined>;
  /** Jobs in ascending (`internal_id`, type) order, types as text, at most `limit`. */
  list(query: JobQuery): Promise<Job[]>;
  /** Jobs whose `next_action_at` is at or before `now`, earliest first. */
  due(now: number, limit: number): Promise<Job[]>;
  /** Number of jobs by type and status; pairs without a job are left out. */
  counts(): Promise<JobCount[]>;

  /** The facts this database belongs to, written once; undefined before the first start. */
  identity(): Promise<Identity | undefined>;
  /** Stores the identity unless there is one; answers the one that is stored now. */
  claimIdentity(identity: Identity): Promise<Identity>;

  close(): Promise<void>;
}

export interface JobChange {
  readonly expected: {
    readonly version: number;
    /** Null: the job must not be leased. */
    readonly leaseToken: number | null;
  };
  readonly job: Job;
  /** Full documents for the `successor` entries of the outbox, in their order; some may be leased already. */
  readonly successors?: readonly Job[];
}

/** `inserted`: for each successor, whether it was inserted (false: it existed); empty when not delivered. */
export type CommitOutcome =
  | { readonly kind: 'committed'; readonly delivered: boolean; readonly inserted: readonly boolean[] }
  | { readonly kind: 'conflict' };
export type InsertOutcome =
  | { readonly kind: 'inserted'; readonly delivered: boolean }
  | { readonly kind: 'exists' }
  | { readonly kind: 'skipped' };

export interface JobQuery {
  readonly types?: readonly JobType[];
  readonly statuses?: readonly JobStatus[];
  /** Inclusive bounds on `internal_id`. */
  readonly from?: number;
  readonly to?: number;
  readonly order?: 'ascending' | 'descending';
  readonly limit: number;
}

export interface JobCount {
  readonly type: JobType;
  readonly status: JobStatus;
  readonly count: number;
}

/** What a database belongs to. A start for another chain, contract or schema is refused. */
export interface Identity {
  /** Starknet chain id as a felt in hex, for example `0x534e5f5345504f4c4941`. */
  readonly starknetChainId: string;
  /** Settlement layer and chain id, for example `ethereum:31337`. */
  readonly settlementChainId: string;
  /** Core contract, lower case hex. */
  readonly coreContract: string;
  readonly schemaVersion: number;
  /** Block at which the contract stood when the database was new, -1 before the first; older releases did not write it. */
  readonly positionAtStart?: number;
}
