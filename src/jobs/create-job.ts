import { type CommonMetadata, type Job, type NewJob, NO_ATTEMPTS, SCHEMA_VERSION } from './job.ts';
import type { JobPolicy } from './job-policy.ts';

/** The document of a new job, which owes its first wake-up. `now` is in milliseconds since the epoch. */
export function createJob(job: NewJob, now: number, orchestratorVersion: string, policy: JobPolicy): Job {
  return {
    id: job.id,
    internal_id: job.specific.start_block,
    job_type: job.job_type,
    status: 'Created',
    external_id: '',
    metadata: { common: emptyCommon(orchestratorVersion), specific: job.specific },
    version: 0,
    created_at: now,
    updated_at: now,
    lease: null,
    outbox: { sequence: 1, due_at: now, entries: [{ kind: 'wake', phase: 'process', sequence: 1, due_at: now }] },
    history: [{ at: now, event: 'created', from: null, to: 'Created', by: null, note: job.cause ?? null }],
    next_action_at: now + policy.resendAfterMs,
    attempts: NO_ATTEMPTS,
    waiting_for: null,
    schema_version: SCHEMA_VERSION,
  };
}

function emptyCommon(orchestratorVersion: string): CommonMetadata {
  return {
    process_attempt_no: 0,
    process_retry_attempt_no: 0,
    verification_attempt_no: 0,
    verification_retry_attempt_no: 0,
    process_started_at: null,
    process_completed_at: null,
    verification_started_at: null,
    verification_completed_at: null,
    failure_reason: null,
    previous_failure_reasons: [],
    orchestrator_version: orchestratorVersion,
  };
}
