import type { JobStore } from '../../database/job-store.ts';
import type { Job, JobStatus, JobType } from '../../jobs/job.ts';

export const STAGES = [
  'SnosRun',
  'ProofCreation',
  'DataSubmission',
  'StateTransition',
] as const satisfies readonly JobType[];
export type Stage = (typeof STAGES)[number];

/** Short names for people. */
export const STAGE_NAMES: Readonly<Record<Stage, string>> = {
  SnosRun: 'SNOS',
  ProofCreation: 'proof',
  DataSubmission: 'data',
  StateTransition: 'settlement',
};

export interface BlockProgress {
  readonly block: number;
  readonly stages: Partial<Record<Stage, JobStatus>>;
}

export interface StageCompleted {
  readonly block: number;
  readonly stage: Stage;
}

export interface Progress {
  readonly blocks: readonly BlockProgress[];
  /** New since the look before. */
  readonly completed: readonly StageCompleted[];
  /** Blocks of the range that are settled. */
  readonly settled: number;
  /** A job that needs an operator, if there is one. */
  readonly failed: Job | undefined;
}

const WINDOW = 64;

/** Follows a range of blocks through the stages by reading the jobs, whoever works on them. */
export class ProgressReader {
  readonly #store: JobStore;
  readonly #first: number;
  readonly #last: number;
  readonly #seen = new Set<string>();
  /** First block that was not settled at the last look. */
  #from: number;

  constructor(store: JobStore, first: number, last: number) {
    this.#store = store;
    this.#first = first;
    this.#last = last;
    this.#from = first;
  }

  async look(): Promise<Progress> {
    const to = Math.min(this.#last, this.#from + WINDOW - 1);
    const jobs = await this.#store.list({ from: this.#from, to, limit: WINDOW * STAGES.length });
    const blocks = new Map<number, BlockProgress>();
    const completed: StageCompleted[] = [];
    for (const job of jobs) {
      const stage = STAGES.find((known) => known === job.job_type);
      if (stage === undefined) continue;
      const block = blocks.get(job.internal_id) ?? { block: job.internal_id, stages: {} };
      block.stages[stage] = job.status;
      blocks.set(job.internal_id, block);
      const id = `${job.internal_id}:${stage}`;
      if (job.status !== 'Completed' || this.#seen.has(id)) continue;
      this.#seen.add(id);
      completed.push({ block: job.internal_id, stage });
    }
    completed.sort((a, b) => a.block - b.block || STAGES.indexOf(a.stage) - STAGES.indexOf(b.stage));
    while (blocks.get(this.#from)?.stages.StateTransition === 'Completed') this.#from += 1;
    const failed = jobs.find(({ status }) => status === 'Failed' || status === 'VerificationTimeout');
    return { blocks: [...blocks.values()], completed, settled: this.#from - this.#first, failed };
  }
}
