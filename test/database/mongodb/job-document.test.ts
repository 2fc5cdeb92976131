import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { BSON } from 'mongodb';
import {
  changedFields,
  documentOf,
  type JobDocument,
  jobOf,
  storedId,
} from '../../../src/database/mongodb/job-document.ts';
import { JOB_STATUSES, JOB_TYPES, type Job } from '../../../src/jobs/job.ts';
import { leased, sampleJob } from '../../conformance/sample-jobs.ts';

/** What comes back after the document has been bytes, as the driver reads it. */
function stored(job: Job): JobDocument {
  return BSON.deserialize(BSON.serialize(documentOf(job))) as JobDocument;
}

/** The document with each number in the BSON type that it was written as. */
function typed(job: Job) {
  return BSON.deserialize(BSON.serialize(documentOf(job)), { promoteValues: false }) as {
    id: BSON.Binary;
    internal_id: unknown;
    version: unknown;
    created_at: unknown;
    lease: { token: unknown; expires_at: unknown } | null;
    metadata: { common: Record<string, unknown>; specific: Record<string, unknown> };
  };
}

const instant = fc.integer({ min: 0, max: 4_102_444_800_000 });
const maybe = <T>(value: fc.Arbitrary<T>): fc.Arbitrary<T | null> => fc.option(value, { nil: null });
const whole = fc.oneof(fc.nat(), fc.maxSafeNat());
const text = fc.string({ unit: 'grapheme' });
const phase = fc.constantFrom('process' as const, 'verify' as const);

const specific = fc.oneof(
  fc.record({
    type: fc.constant('Snos' as const),
    start_block: whole,
    end_block: whole,
    num_blocks: whole,
    full_output: fc.boolean(),
    cairo_pie_path: text,
    snos_output_path: text,
    program_output_path: text,
    snos_fact: maybe(text),
    snos_n_steps: maybe(whole),
    cairo_pie_sha256: maybe(text),
    end_block_hash: maybe(text),
  }),
  fc.record({
    type: fc.constant('Proving' as const),
    start_block: whole,
    end_block: whole,
    num_blocks: whole,
    block_number: whole,
    input_path: maybe(fc.oneof(fc.record({ CairoPie: text }), fc.record({ Proof: text }))),
    ensure_on_chain_registration: maybe(text),
    download_proof: maybe(text),
    n_steps: maybe(whole),
    submissions: fc.nat(),
  }),
  fc.record({
    type: fc.constant('StateUpdate' as const),
    start_block: whole,
    end_block: whole,
    num_blocks: whole,
    snos_output_path: text,
    program_output_path: text,
    blob_data_path: text,
    snos_fact: maybe(text),
    blob_sha256: maybe(text),
    da_segment_path: maybe(text),
    tx_hash: maybe(text),
    tx_nonce: maybe(whole),
    tx_attempts: fc.array(
      fc.record({
        attempt_no: fc.nat(),
        tx_hash: maybe(text),
        nonce: whole,
        gas_multiplier: text,
        status: fc.constantFrom('Pending' as const, 'Finalized' as const),
        error: maybe(text),
      }),
      { maxLength: 3 },
    ),
    context: fc.record({ type: fc.constant('Block' as const), to_settle: whole, last_failed: maybe(whole) }),
    storage_artifacts_tagged_at: maybe(instant),
    included_at_block: maybe(whole),
  }),
);

const job: fc.Arbitrary<Job> = fc.record({
  id: fc.uuid(),
  internal_id: whole,
  job_type: fc.constantFrom(...JOB_TYPES),
  status: fc.constantFrom(...JOB_STATUSES),
  external_id: text,
  metadata: fc.record({
    common: fc.record({
      process_attempt_no: fc.nat(),
      process_retry_attempt_no: fc.nat(),
      verification_attempt_no: fc.nat(),
      verification_retry_attempt_no: fc.nat(),
      process_started_at: maybe(whole),
      process_completed_at: maybe(whole),
      verification_started_at: maybe(whole),
      verification_completed_at: maybe(whole),
      failure_reason: maybe(text),
      previous_failure_reasons: fc.array(text, { maxLength: 3 }),
      orchestrator_version: text,
    }),
    specific,
  }),
  version: fc.nat(),
  created_at: instant,
  updated_at: instant,
  lease: maybe(fc.record({ owner: text, token: fc.nat(), phase, acquired_at: instant, expires_at: instant })),
  outbox: fc.record({
    sequence: fc.nat(),
    due_at: maybe(instant),
    entries: fc.array(
      fc.oneof(
        fc.record({ kind: fc.constant('wake' as const), phase, sequence: fc.nat(), due_at: instant }),
        fc.record({ kind: fc.constant('alert' as const), text, job_version: fc.nat() }),
        fc.record({
          kind: fc.constant('successor' as const),
          job: fc.record({ id: fc.uuid(), job_type: fc.constantFrom(...JOB_TYPES), specific }),
        }),
      ),
      { maxLength: 3 },
    ),
  }),
  history: fc.array(
    fc.record({
      at: instant,
      event: text,
      from: maybe(fc.constantFrom(...JOB_STATUSES)),
      to: fc.constantFrom(...JOB_STATUSES),
      by: maybe(text),
      note: maybe(text),
    }),
    { maxLength: 3 },
  ),
  next_action_at: maybe(instant),
  attempts: fc.record({
    process: fc.nat(),
    verify: fc.nat(),
    lost_leases: fc.nat(),
    resends: fc.nat(),
    verify_deadline_at: maybe(instant),
  }),
  waiting_for: maybe(text),
  schema_version: fc.constant(1),
});

describe('job documents in MongoDB', () => {
  it('bring back every job as it was', () => {
    fc.assert(
      fc.property(job, (one) => {
        expect(jobOf(stored(one))).toEqual(one);
      }),
    );
  });

  it('have the types of existing deployments', () => {
    const block = 5_000_000_000;
    const one = sampleJob('SnosRun', block);
    const document = typed({
      ...leased(one, 3),
      metadata: { ...one.metadata, common: { ...one.metadata.common, process_started_at: 2_200_000_000 } },
    });
    expect(document.id.sub_type).toBe(4);
    expect(document.internal_id).toBeInstanceOf(BSON.Long);
    expect(typed(sampleJob('SnosRun', 7)).internal_id).toBeInstanceOf(BSON.Long);
    expect(document.version).toBeInstanceOf(BSON.Int32);
    expect(document.created_at).toBeInstanceOf(Date);
    expect(document.lease?.expires_at).toBeInstanceOf(Date);
    expect(document.lease?.token).toBeInstanceOf(BSON.Int32);
    expect(document.metadata.common.process_attempt_no).toBeInstanceOf(BSON.Int32);
    expect(document.metadata.common.process_started_at).toBeInstanceOf(BSON.Long);
    expect(document.metadata.specific.start_block).toBeInstanceOf(BSON.Long);
  });

  it('hold null where a job holds null, so that a commit clears what was there', () => {
    const fields = BSON.deserialize(BSON.serialize(changedFields(sampleJob('SnosRun', 1))));
    expect(fields).toMatchObject({ lease: null, next_action_at: null, waiting_for: null });
    expect(fields.metadata).toMatchObject({ common: { failure_reason: null }, specific: { snos_fact: null } });
  });

  it('leave out what a commit must never change', () => {
    const fields = changedFields(sampleJob('SnosRun', 1));
    for (const field of ['_id', 'id', 'internal_id', 'job_type', 'created_at'])
      expect(fields).not.toHaveProperty(field);
  });

  it('are refused when another program wrote them', () => {
    const { schema_version: _, ...foreign } = stored(sampleJob('SnosRun', 1));
    expect(() => jobOf(foreign as JobDocument)).toThrow(expect.objectContaining({ code: 'SCHEMA_UNSUPPORTED' }));
  });

  it('are not looked for by an id that is none', () => {
    expect(storedId('../../etc/passwd')).toBeUndefined();
    expect(storedId('')).toBeUndefined();
    expect(storedId('5B7B3C9E-6C39-4D0F-9C38-0D7A0D1B8A11')?.toHexString()).toBe(
      '5b7b3c9e-6c39-4d0f-9c38-0d7a0d1b8a11',
    );
  });
});
