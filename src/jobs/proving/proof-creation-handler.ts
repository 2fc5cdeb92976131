import { OrchestratorError } from '../../errors/orchestrator-error.ts';
import type { Prover } from '../../provers/prover.ts';
import type { Job } from '../job.ts';
import type { JobHandler, ProcessOutcome, VerifyOutcome, WorkContext } from '../job-handler.ts';
import { metadataOf } from '../new-jobs.ts';

export interface ProofCreationSettings {
  /** Milliseconds between two questions to the prover. */
  readonly pollMs: number;
}

export interface ProofCreationPorts {
  readonly prover: Prover;
}

/** Hands the PIE to the prover and waits until the proof is there and its fact is on chain. */
export class ProofCreationHandler implements JobHandler {
  readonly #prover: Prover;
  readonly #pollMs: number;

  constructor({ prover }: ProofCreationPorts, { pollMs }: ProofCreationSettings) {
    this.#prover = prover;
    this.#pollMs = pollMs;
  }

  async process(job: Job, work: WorkContext): Promise<ProcessOutcome> {
    const proving = metadataOf(job, 'Proving');
    const input = proving.input_path;
    const fact = proving.ensure_on_chain_registration;
    if (input === null || !('CairoPie' in input) || fact === null) {
      throw new OrchestratorError(
        'JOB_STATE',
        `ProofCreation job of block ${proving.start_block} names no Cairo PIE and fact to prove`,
        {
          context: { job: job.id, block: proving.start_block, fact },
        },
      );
    }
    await work.fence();
    // The count is committed with the outcome, so that a submission that a crash cut short is repeated under its own
    // number and only a rejected one gets another.
    const externalId = await this.#prover.submit({
      dedupId: fact,
      piePath: input.CairoPie,
      nSteps: proving.n_steps,
      attempt: proving.submissions,
      signal: work.signal,
    });
    const specific = { ...proving, submissions: proving.submissions + 1 };
    return { kind: 'submitted', externalId, specific, verifyAfterMs: this.#pollMs };
  }

  async verify(job: Job, work: WorkContext): Promise<VerifyOutcome> {
    const proving = metadataOf(job, 'Proving');
    const status = await this.#prover.status({
      externalId: job.external_id,
      fact: proving.ensure_on_chain_registration,
      signal: work.signal,
    });
    switch (status.kind) {
      case 'processing':
        return { kind: 'pending', retryAfterMs: this.#pollMs, waitingFor: `the prover: ${status.note}` };
      case 'succeeded':
        return { kind: 'verified' };
      case 'failed':
        return { kind: 'rejected', reason: `Prover job #${job.external_id} failed with error: ${status.reason}` };
    }
  }
}
