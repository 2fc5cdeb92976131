import { type Job, type JobType, SCHEMA_VERSION } from '../../src/jobs/job.ts';

let lastId = 0;

/** A distinct UUID at each call. */
export function sampleId(): string {
  lastId += 1;
  return `00000000-0000-4000-8000-${lastId.toString(16).padStart(12, '0')}`;
}

/** A job as it is after its creation, owing nothing; the parts that a test is about are given. */
export function sampleJob(type: JobType, internalId: number, parts: Partial<Job> = {}): Job {
  return {
    id: sampleId(),
    internal_id: internalId,
    job_type: type,
    status: 'Created',
    external_id: '',
    metadata: {
      common: {
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
        orchestrator_version: '0.1.0',
      },
      specific: {
        type: 'Snos',
        start_block: internalId,
        end_block: internalId,
        num_blocks: 1,
        full_output: false,
        cairo_pie_path: `${internalId}/cairo_pie.zip`,
        snos_output_path: `${internalId}/snos_output.json`,
        program_output_path: `${internalId}/program_output.txt`,
        snos_fact: null,
        snos_n_steps: null,
        cairo_pie_sha256: null,
        end_block_hash: null,
      },
    },
    version: 0,
    created_at: 1_700_000_000_000,
    updated_at: 1_700_000_000_000,
    lease: null,
    outbox: { sequence: 1, due_at: null, entries: [] },
    history: [],
    next_action_at: null,
    attempts: { process: 0, verify: 0, lost_leases: 0, resends: 0, verify_deadline_at: null },
    waiting_for: null,
    schema_version: SCHEMA_VERSION,
    ...parts,
  };
}

/** The job under a lease with the given fencing number. */
export function leased(job: Job, token: number): Job {
  const lease = { owner: 'one', token, phase: 'process', acquired_at: 0, expires_at: 30_000 } as const;
  return { ...job, status: 'LockedForProcessing', version: job.version + 1, lease };
}
