import { Long, type ObjectId, UUID } from 'mongodb';
import { OrchestratorError } from '../../errors/orchestrator-error.ts';
import type {
  Attempts,
  CommonMetadata,
  HistoryEntry,
  Job,
  JobStatus,
  JobType,
  Lease,
  Outbox,
  OutboxEntry,
  SpecificMetadata,
} from '../../jobs/job.ts';
import { SCHEMA_VERSION } from '../../jobs/job.ts';

/**
 * The job as MongoDB keeps it, field for field and type for type as existing deployments have it: `id` is a UUID (binary
 * subtype 4), `internal_id` an int64, instants are dates; the four times of `metadata.common` stay Unix seconds. `_id` is
 * left to the database.
 */
export interface JobDocument {
  readonly id: UUID;
  /** Int64 in the database; the driver gives it back as a number. */
  readonly internal_id: Long | number;
  readonly job_type: JobType;
  readonly status: JobStatus;
  readonly external_id: string;
  readonly metadata: { readonly common: CommonMetadata; readonly specific: Dated<SpecificMetadata> };
  readonly version: number;
  readonly created_at: Date;
  readonly updated_at: Date;
  readonly lease: Dated<Lease> | null;
  readonly outbox: {
    readonly sequence: number;
    readonly due_at: Date | null;
    readonly entries: readonly Dated<OutboxEntry>[];
  };
  readonly history: readonly Dated<HistoryEntry>[];
  readonly next_action_at: Date | null;
  readonly attempts: Dated<Attempts>;
  readonly waiting_for: string | null;
  readonly schema_version: number;
  readonly recent_writes?: readonly ObjectId[];
}

/** Fields of nested documents that are instants. */
const INSTANTS = new Set([
  'acquired_at',
  'expires_at',
  'due_at',
  'at',
  'verify_deadline_at',
  'storage_artifacts_tagged_at',
]);
type Instant = 'acquired_at' | 'expires_at' | 'due_at' | 'at' | 'verify_deadline_at' | 'storage_artifacts_tagged_at';

/** The type with its instants as dates. */
export type Dated<T> = T extends object
  ? { readonly [K in keyof T]: K extends Instant ? Date | Extract<T[K], null> : Dated<T[K]> }
  : T;

/** The whole document, for an insert. */
export function documentOf(job: Job): JobDocument {
  return {
    id: new UUID(job.id),
    internal_id: Long.fromNumber(job.internal_id),
    job_type: job.job_type,
    created_at: new Date(job.created_at),
    ...changedFields(job),
  };
}

/** What a commit replaces: every field but those that a job keeps for life. Absent values are stored as null. */
export function changedFields(job: Job): Omit<JobDocument, 'id' | 'internal_id' | 'job_type' | 'created_at'> {
  return {
    status: job.status,
    external_id: job.external_id,
    metadata: storable(job.metadata) as JobDocument['metadata'],
    version: job.version,
    updated_at: new Date(job.updated_at),
    lease: storable(job.lease) as JobDocument['lease'],
    outbox: storable(job.outbox) as JobDocument['outbox'],
    history: storable(job.history) as JobDocument['history'],
    next_action_at: job.next_action_at === null ? null : new Date(job.next_action_at),
    attempts: storable(job.attempts) as JobDocument['attempts'],
    waiting_for: job.waiting_for,
    schema_version: job.schema_version,
  };
}

/** The job of a stored document. Fails with SCHEMA_UNSUPPORTED for a document of another shape. */
export function jobOf(document: JobDocument): Job {
  if (document.schema_version !== SCHEMA_VERSION) {
    throw new OrchestratorError(
      'SCHEMA_UNSUPPORTED',
      `Job ${String(document.id)} has document schema ${String(document.schema_version ?? 'none')}, not ${SCHEMA_VERSION}; another program or release wrote it.`,
      { hint: 'Let only this release, or newer ones, write to this database.' },
    );
  }
  return {
    id: document.id.toHexString(),
    internal_id: Number(document.internal_id),
    job_type: document.job_type,
    status: document.status,
    external_id: document.external_id,
    metadata: readable(document.metadata) as Job['metadata'],
    version: document.version,
    created_at: document.created_at.getTime(),
    updated_at: document.updated_at.getTime(),
    lease: readable(document.lease) as Lease | null,
    outbox: readable(document.outbox) as Outbox,
    history: readable(document.history) as readonly HistoryEntry[],
    next_action_at: document.next_action_at === null ? null : document.next_action_at.getTime(),
    attempts: readable(document.attempts) as Attempts,
    waiting_for: document.waiting_for,
    schema_version: document.schema_version,
  };
}

/** The id as the database has it; undefined for a text that is none, as a foreign message may hold. */
export function storedId(id: string): UUID | undefined {
  return UUID.isValid(id) ? new UUID(id) : undefined;
}

const INT32_MAX = 2 ** 31;

/**
 * A value as it is stored: instants are dates, and integers stay integers. Without that the driver would store what does
 * not fit into 32 bits as a floating-point number, which other readers refuse.
 */
function storable(value: unknown, field = ''): unknown {
  if (typeof value === 'number') {
    if (INSTANTS.has(field)) return new Date(value);
    return Number.isSafeInteger(value) && (value >= INT32_MAX || value < -INT32_MAX) ? Long.fromNumber(value) : value;
  }
  return mapped(value, field, storable);
}

/** The inverse of `storable`, for what the driver answers. */
function readable(value: unknown, field = ''): unknown {
  if (value instanceof Date) return value.getTime();
  if (value instanceof Long) return value.toNumber();
  return mapped(value, field, readable);
}

function mapped(value: unknown, field: string, each: (inner: unknown, field: string) => unknown): unknown {
  if (Array.isArray(value)) return value.map((inner) => each(inner, field));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).flatMap(([key, inner]) => (inner === undefined ? [] : [[key, each(inner, key)]])),
  );
}
