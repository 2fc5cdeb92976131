import type { Attempts, CommonMetadata, HistoryEntry, Job, JobStatus, OutboxEntry, Phase } from './job.ts';
import type { JobPolicy } from './job-policy.ts';
import type { JobEvent } from './lifecycle-event.ts';

/** The steps that lifecycle transitions are made of. All pure; each answers a new document. */

const HISTORY_LIMIT = 40;
const REASON_LIMIT = 10;
const REASON_LENGTH = 1_000;
const LONGEST_RESEND_MS = 600_000;

/** Phase that a job in this status is next worked on. */
export function nextPhase(status: JobStatus): Phase {
  return status === 'PendingVerification' ? 'verify' : 'process';
}

/** What only work can say that had all it needed. */
const RESULTS: ReadonlySet<string> = new Set<JobEvent['type']>(['submitted', 'completed', 'pending', 'rejected']);

export interface ChangeOptions {
  readonly attempts?: Attempts;
  readonly specific?: Job['metadata']['specific'];
  readonly common?: Partial<CommonMetadata>;
  readonly waitingFor?: string;
  readonly note?: string;
}

/** The job after the event: lease ended, wake-ups withdrawn, history written. */
export function change(job: Job, status: JobStatus, event: JobEvent, now: number, options: ChangeOptions): Job {
  const entry: HistoryEntry = {
    at: now,
    event: event.type,
    from: job.status,
    to: status,
    by: event.type === 'retry' ? event.by : (job.lease?.owner ?? null),
    note: shorten(options.note ?? options.waitingFor ?? ('reason' in event ? event.reason : null)),
  };
  const attempts = options.attempts ?? job.attempts;
  return {
    ...job,
    status,
    version: job.version + 1,
    updated_at: now,
    lease: null,
    attempts: { ...(RESULTS.has(event.type) ? unblocked(attempts) : attempts), resends: 0 },
    metadata: {
      common: { ...job.metadata.common, ...options.common },
      specific: options.specific ?? job.metadata.specific,
    },
    outbox: { ...job.outbox, due_at: null, entries: job.outbox.entries.filter((owed) => owed.kind !== 'wake') },
    history: appendHistory(job.history, entry),
    next_action_at: null,
    waiting_for: shorten(options.waitingFor ?? null),
  };
}

/** Owes a new wake-up; every earlier one becomes stale. */
export function wake(job: Job, phase: Phase, dueAt: number, policy: JobPolicy): Job {
  const sequence = job.outbox.sequence + 1;
  const due_at = Math.max(dueAt, job.updated_at);
  return {
    ...job,
    outbox: { sequence, due_at, entries: [...job.outbox.entries, { kind: 'wake', phase, sequence, due_at }] },
    next_action_at: due_at + policy.resendAfterMs,
  };
}

export function withAlert(job: Job, text: (job: Job) => string, now: number): Job {
  const alert: OutboxEntry = { kind: 'alert', text: text(job), job_version: job.version };
  return { ...job, outbox: { ...job.outbox, entries: [...job.outbox.entries, alert] }, next_action_at: now };
}

export function withoutEntries(job: Job, keep: (entry: OutboxEntry) => boolean): Job {
  const entries = job.outbox.entries.filter(keep);
  const atRest = job.lease === null && job.outbox.due_at === null && entries.length === 0;
  return { ...job, outbox: { ...job.outbox, entries }, next_action_at: atRest ? null : job.next_action_at };
}

/** How long a wake-up may stay unanswered: doubles with every re-send, since the first may only wait for a slot. */
export function unansweredMs(resends: number, policy: JobPolicy): number {
  return Math.min(policy.resendAfterMs * 2 ** resends, LONGEST_RESEND_MS);
}

/** What was owed is sent; how long a wake-up may stay unanswered counts from here. */
export function relayed(job: Job, now: number, policy: JobPolicy): Job {
  const sent = { ...withoutEntries(job, () => false), version: job.version + 1, updated_at: now };
  const { due_at } = job.outbox;
  if (job.lease !== null || due_at === null) return sent;
  return { ...sent, next_action_at: Math.max(due_at, now) + unansweredMs(job.attempts.resends, policy) };
}

/** What repeats without an end, with a note that may tell a newer price or block each time. */
const WAITS: ReadonlySet<string> = new Set<JobEvent['type']>(['pending', 'deferred']);

/** Repeated waiting is one line, the newest: a job that was polled 900 times must still show how it got there. */
function appendHistory(history: readonly HistoryEntry[], entry: HistoryEntry): readonly HistoryEntry[] {
  const last = history.at(-1);
  const same = last?.event === entry.event && last.from === entry.from && last.to === entry.to;
  const repeats = same && (WAITS.has(entry.event) || last.note === entry.note);
  const kept = repeats && entry.event !== 'retry' ? history.slice(0, -1) : history;
  return [...kept, entry].slice(-HISTORY_LIMIT);
}

export function reasons(job: Job, reason: string): Partial<CommonMetadata> {
  const { failure_reason, previous_failure_reasons } = job.metadata.common;
  const previous = failure_reason === null ? previous_failure_reasons : [...previous_failure_reasons, failure_reason];
  return { failure_reason: shorten(reason), previous_failure_reasons: previous.slice(-REASON_LIMIT) };
}

/** Status of a job that stops being worked on without a result. */
export function idleStatus(job: Job): JobStatus {
  if (job.status === 'PendingVerification') return 'PendingVerification';
  return job.attempts.process === 0 && job.metadata.common.process_retry_attempt_no === 0 ? 'Created' : 'PendingRetry';
}

export function phaseOf(job: Job): Phase {
  return job.lease?.phase ?? nextPhase(job.status);
}

export function withLaterDeadline(attempts: Attempts, byMs: number): Attempts {
  if (attempts.verify_deadline_at === null) return attempts;
  return { ...attempts, verify_deadline_at: attempts.verify_deadline_at + Math.max(0, byMs) };
}

export function blockedBy(dependency: string | undefined, attempts: Attempts): Attempts {
  const { blocked_by: known = [] } = attempts;
  if (dependency === undefined || known.includes(dependency)) return attempts;
  return { ...attempts, blocked_by: [...known, dependency] };
}

function unblocked({ blocked_by: _over, ...attempts }: Attempts): Attempts {
  return attempts;
}

export const seconds = (ms: number): number => Math.floor(ms / 1000);

function shorten(text: string): string;
function shorten(text: string | null): string | null;
function shorten(text: string | null): string | null {
  return text !== null && text.length > REASON_LENGTH ? `${text.slice(0, REASON_LENGTH - 1)}…` : text;
}
