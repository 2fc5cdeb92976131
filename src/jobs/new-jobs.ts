import { OrchestratorError } from '../errors/orchestrator-error.ts';
import { artifactKeys } from './artifact-keys.ts';
import type { BlockRange, Job, NewJob, RangeFields, SpecificMetadata } from './job.ts';

/** First stage of a range; nothing has to exist for it but the blocks. */
export function newSnosJob(range: BlockRange, id: string): NewJob {
  const keys = artifactKeys(range.first);
  return {
    id,
    job_type: 'SnosRun',
    specific: {
      type: 'Snos',
      start_block: range.first,
      end_block: range.last,
      num_blocks: range.last - range.first + 1,
      full_output: false,
      cairo_pie_path: keys.cairoPie,
      snos_output_path: keys.snosOutput,
      program_output_path: keys.programOutput,
      snos_fact: null,
      snos_n_steps: null,
      cairo_pie_sha256: null,
      end_block_hash: null,
    },
  };
}

/** Proof of a completed SnosRun job's PIE, to be registered under the run's fact. */
export function provingJobFor(snosJob: Job, id: string): NewJob {
  const snos = metadataOf(snosJob, 'Snos');
  return {
    id,
    job_type: 'ProofCreation',
    specific: {
      type: 'Proving',
      ...rangeFields(snos),
      block_number: snos.start_block,
      input_path: { CairoPie: snos.cairo_pie_path },
      ensure_on_chain_registration: recorded(snosJob, 'snos_fact', snos.snos_fact),
      download_proof: null,
      n_steps: snos.snos_n_steps,
      submissions: 0,
    },
  };
}

/** Blobs of a completed ProofCreation job's range. */
export function dataSubmissionJobFor(provingJob: Job, id: string): NewJob {
  const proving = metadataOf(provingJob, 'Proving');
  return {
    id,
    job_type: 'DataSubmission',
    specific: {
      type: 'Da',
      ...rangeFields(proving),
      block_number: proving.block_number,
      blob_data_path: artifactKeys(proving.start_block).blobData,
      snos_fact: recorded(provingJob, 'ensure_on_chain_registration', proving.ensure_on_chain_registration),
      tx_hash: null,
      blob_sha256: null,
      commitments: [],
      versioned_hashes: [],
    },
  };
}

/** State update that settles a completed DataSubmission job's range. */
export function stateTransitionJobFor(daJob: Job, id: string): NewJob {
  const da = metadataOf(daJob, 'Da');
  const keys = artifactKeys(da.start_block);
  return {
    id,
    job_type: 'StateTransition',
    specific: {
      type: 'StateUpdate',
      ...rangeFields(da),
      snos_output_path: keys.snosOutput,
      program_output_path: keys.programOutput,
      blob_data_path: da.blob_data_path,
      snos_fact: recorded(daJob, 'snos_fact', da.snos_fact),
      blob_sha256: recorded(daJob, 'blob_sha256', da.blob_sha256),
      da_segment_path: null,
      tx_hash: null,
      tx_nonce: null,
      tx_attempts: [],
      context: { type: 'Block', to_settle: da.start_block, last_failed: null },
      storage_artifacts_tagged_at: null,
      included_at_block: null,
    },
  };
}

/**
 * The stages that follow from a completed job alone. State transitions are not among them: they are planned one by one, in
 * block order, from the contract's position.
 */
export function successorOf(completed: Job, newId: () => string): NewJob[] {
  switch (completed.job_type) {
    case 'SnosRun':
      return [provingJobFor(completed, newId())];
    case 'ProofCreation':
      return [dataSubmissionJobFor(completed, newId())];
    case 'ProofRegistration':
    case 'DataSubmission':
    case 'StateTransition':
      return [];
  }
}

/** Metadata of the job as that of the given type. Fails with JOB_STATE when the document says another. */
export function metadataOf<T extends SpecificMetadata['type']>(
  job: Job,
  type: T,
): Extract<SpecificMetadata, { readonly type: T }> {
  const { specific } = job.metadata;
  if (!hasType(specific, type)) {
    throw new OrchestratorError(
      'JOB_STATE',
      `${job.job_type} job ${job.id} carries ${specific.type} metadata, not ${type}`,
      {
        context: { job: job.id, jobType: job.job_type, metadata: specific.type },
      },
    );
  }
  return specific;
}

function hasType<T extends SpecificMetadata['type']>(
  specific: SpecificMetadata,
  type: T,
): specific is Extract<SpecificMetadata, { readonly type: T }> {
  return specific.type === type;
}

function rangeFields({ start_block, end_block, num_blocks }: RangeFields): RangeFields {
  return { start_block, end_block, num_blocks };
}

function recorded(job: Job, field: string, value: string | null): string {
  if (value === null) {
    throw new OrchestratorError(
      'JOB_STATE',
      `${job.job_type} job of block ${job.internal_id} has no ${field}, so nothing can follow it`,
      {
        context: { job: job.id, jobType: job.job_type, field, status: job.status },
      },
    );
  }
  return value;
}
