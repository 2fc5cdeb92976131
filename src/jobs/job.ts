/**
 * The job document, as it is persisted: field names, types and string values are those of existing deployments,
 * plus `lease`, `outbox`, `history`, `next_action_at`, `attempts` and `schema_version`. Instants are milliseconds since
 * the epoch here; an adapter maps them to its store's own date type.
 */

export const JOB_TYPES = [
  'SnosRun',
  'ProofCreation',
  'ProofRegistration',
  'DataSubmission',
  'StateTransition',
] as const;
export type JobType = (typeof JOB_TYPES)[number];

export const JOB_STATUSES = [
  'Created',
  'LockedForProcessing',
  'PendingVerification',
  'Completed',
  'VerificationTimeout',
  'VerificationFailed',
  'Failed',
  'PendingRetry',
] as const;
export type JobStatus = (typeof JOB_STATUSES)[number];

export type Phase = 'process' | 'verify';

/** Version of the document's shape; a database with documents of another one is refused. */
export const SCHEMA_VERSION = 1;

/** First and last block, both included. One block by default. */
export interface BlockRange {
  readonly first: number;
  readonly last: number;
}

/** On every type, whatever else the metadata says. */
export interface RangeFields {
  readonly start_block: number;
  readonly end_block: number;
  readonly num_blocks: number;
}

export interface SnosMetadata extends RangeFields {
  readonly type: 'Snos';
  readonly full_output: boolean;
  readonly cairo_pie_path: string;
  readonly snos_output_path: string;
  readonly program_output_path: string;
  /** SHARP fact of the output, `0x` + 64 hex digits; null until the run is done. */
  readonly snos_fact: string | null;
  readonly snos_n_steps: number | null;
  /** SHA-256 of the PIE object, lower case hex; null until the run is done. */
  readonly cairo_pie_sha256: string | null;
  /** Block hash of `end_block` as the node gave it; the next range's parent hash must equal it. */
  readonly end_block_hash: string | null;
}

export interface ProvingMetadata extends RangeFields {
  readonly type: 'Proving';
  readonly block_number: number;
  readonly input_path: { readonly CairoPie: string } | { readonly Proof: string } | null;
  /** Fact that must be registered on chain before the job counts as proven. */
  readonly ensure_on_chain_registration: string | null;
  readonly download_proof: string | null;
  readonly n_steps: number | null;
  /** Times the work was handed to the prover; tells a second submission from the repetition of a first one. */
  readonly submissions: number;
}

export interface DaMetadata extends RangeFields {
  readonly type: 'Da';
  readonly block_number: number;
  readonly blob_data_path: string;
  /** Fact of the output that the blobs must belong to. */
  readonly snos_fact: string | null;
  /** Kept for readers of existing documents; the blobs travel with the state update. */
  readonly tx_hash: string | null;
  readonly blob_sha256: string | null;
  readonly commitments: readonly string[];
  readonly versioned_hashes: readonly string[];
}

export interface StateUpdateMetadata extends RangeFields {
  readonly type: 'StateUpdate';
  readonly snos_output_path: string;
  readonly program_output_path: string;
  readonly blob_data_path: string;
  /** Fact of the output and hash of the blob object that are settled; they tell foreign artifacts from ours. */
  readonly snos_fact: string | null;
  readonly blob_sha256: string | null;
  readonly da_segment_path: string | null;
  readonly tx_hash: string | null;
  readonly tx_nonce: number | null;
  readonly tx_attempts: readonly StateUpdateAttempt[];
  readonly context: {
    readonly type: 'Block' | 'Batch';
    readonly to_settle: number;
    readonly last_failed: number | null;
  };
  readonly storage_artifacts_tagged_at: number | null;
  /** Settlement-layer block that includes the transaction; null while it is not included. */
  readonly included_at_block: number | null;
}

export interface StateUpdateAttempt {
  readonly attempt_no: number;
  readonly tx_hash: string | null;
  readonly nonce: number;
  readonly gas_multiplier: string;
  readonly status: 'Pending' | 'Finalized' | 'Replaced' | 'TimedOut' | 'RejectedUnderpriced' | 'SubmissionFailed';
  readonly error: string | null;
}

export type SpecificMetadata = SnosMetadata | ProvingMetadata | DaMetadata | StateUpdateMetadata;

export interface CommonMetadata {
  readonly process_attempt_no: number;
  readonly process_retry_attempt_no: number;
  readonly verification_attempt_no: number;
  readonly verification_retry_attempt_no: number;
  /** Unix seconds, as are the three after it. */
  readonly process_started_at: number | null;
  readonly process_completed_at: number | null;
  readonly verification_started_at: number | null;
  readonly verification_completed_at: number | null;
  readonly failure_reason: string | null;
  /** Oldest first, bounded. */
  readonly previous_failure_reasons: readonly string[];
  readonly orchestrator_version: string;
}

/** The right to work on one phase of a job. */
export interface Lease {
  /** Instance that holds it, `<host>-<pid>-<random>`. */
  readonly owner: string;
  /** Fencing number, greater than that of every earlier lease of the job. */
  readonly token: number;
  readonly phase: Phase;
  readonly acquired_at: number;
  readonly expires_at: number;
}

/** What a committed change of state still owes to the outside. */
export type OutboxEntry =
  /** A message on the job's processing or verification queue. */
  | { readonly kind: 'wake'; readonly phase: Phase; readonly sequence: number; readonly due_at: number }
  /** The job of the next stage. */
  | { readonly kind: 'successor'; readonly job: NewJob }
  /** `job_version`: of the job when it was raised, which tells it from every other alert of the job. */
  | { readonly kind: 'alert'; readonly text: string; readonly job_version: number };

export interface Outbox {
  /** Number of the job's current wake-up; a message with another number is stale. */
  readonly sequence: number;
  /** When that wake-up is due; null while the job is leased or at rest. */
  readonly due_at: number | null;
  readonly entries: readonly OutboxEntry[];
}

export interface Attempts {
  /** Processing attempts that ended in an error that costs one, since the last success or operator retry. */
  readonly process: number;
  readonly verify: number;
  /** Leases that expired under their holder. */
  readonly lost_leases: number;
  /** Wake-ups re-sent since the last progress; spaces the next one out. */
  readonly resends: number;
  /** Instant after which an unverified job times out; null before it is submitted. */
  readonly verify_deadline_at: number | null;
  /** Milliseconds for which it was put off by brief deferrals since it was last submitted; absent is none. */
  readonly deferred_ms?: number;
  /** Dependencies that it failed on since its last result, so that whoever has the next one knows them back. */
  readonly blocked_by?: readonly string[];
}

/** Of a job that is new, or begins anew. */
export const NO_ATTEMPTS: Attempts = {
  process: 0,
  verify: 0,
  lost_leases: 0,
  resends: 0,
  verify_deadline_at: null,
};

export interface HistoryEntry {
  readonly at: number;
  readonly event: string;
  readonly from: JobStatus | null;
  readonly to: JobStatus;
  /** Instance or operator behind the event. */
  readonly by: string | null;
  readonly note: string | null;
}

export interface Job {
  readonly id: string;
  /** First block of the range; unique together with `job_type`. */
  readonly internal_id: number;
  readonly job_type: JobType;
  readonly status: JobStatus;
  readonly external_id: string;
  readonly metadata: { readonly common: CommonMetadata; readonly specific: SpecificMetadata };
  /** Rises with every write; the compare-and-set key. */
  readonly version: number;
  readonly created_at: number;
  readonly updated_at: number;
  readonly lease: Lease | null;
  readonly outbox: Outbox;
  readonly history: readonly HistoryEntry[];
  /** Instant at which the reconciler must look at the job again; null when nothing is owed to it. */
  readonly next_action_at: number | null;
  readonly attempts: Attempts;
  /** What a waiting job waits for, in words for `explain`; null otherwise. */
  readonly waiting_for: string | null;
  readonly schema_version: number;
}

/** What is needed to create a job; the rest follows from it. */
export interface NewJob {
  readonly id: string;
  readonly job_type: JobType;
  readonly specific: SpecificMetadata;
  /** What made somebody look for it, for the history; for example the cron message that asked. */
  readonly cause?: string;
}

/** Whether the wake-up of this number is the one that the job waits for. */
export function isAwaited(job: Job, sequence: number): boolean {
  return job.lease === null && job.outbox.due_at !== null && job.outbox.sequence === sequence;
}

export function rangeOf(job: Job): BlockRange {
  return { first: job.metadata.specific.start_block, last: job.metadata.specific.end_block };
}
