import type { JobStore } from '../../database/job-store.ts';
import { type BlockRange, type Job, type JobStatus, type JobType, rangeOf } from '../../jobs/job.ts';

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

/** Blocks that travel together, often just one. */
export interface RangeProgress {
  readonly range: BlockRange;
  readonly stages: Partial<Record<Stage, JobStatus>>;
}

export interface StageCompleted {
  readonly range: BlockRange;
  readonly stage: Stage;
}

export interface Progress {
  readonly ranges: readonly RangeProgress[];
  /** New since the look before. */
  readonly completed: readonly StageCompleted[];
  /** Blocks that are settled. */
  readonly settled: number;
  /** A job that needs an operator, if there is one. */
  readonly failed: Job | undefined;
}

const WINDOW = 64;

/** Name of a range for people: `7`, or `7..16`. */
export function rangeName({ first, last }: BlockRange): string {
  return first === last ? String(first) : `${first}..${last}`;
}

/** Follows blocks through the stages by reading the jobs, whoever works on them. */
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
    const jobs = await this.#store.list({ from: this.#from, to: this.#last, limit: WINDOW * STAGES.length });
    const ranges = new Map<number, RangeProgress>();
    const completed: StageCompleted[] = [];
    for (const job of jobs) {
      const stage = STAGES.find((known) => known === job.job_type);
      if (stage === undefined) continue;
      const range = ranges.get(job.internal_id) ?? { range: rangeOf(job), stages: {} };
      range.stages[stage] = job.status;
      ranges.set(job.internal_id, range);
      const id = `${job.internal_id}:${stage}`;
      if (job.status !== 'Completed' || this.#seen.has(id)) continue;
      this.#seen.add(id);
      completed.push({ range: rangeOf(job), stage });
    }
    completed.sort((a, b) => a.range.first - b.range.first || STAGES.indexOf(a.stage) - STAGES.indexOf(b.stage));
    for (;;) {
      const next = ranges.get(this.#from);
      if (next?.stages.StateTransition !== 'Completed') break;
      this.#from = next.range.last + 1;
    }
    const failed = jobs.find(({ status }) => status === 'Failed' || status === 'VerificationTimeout');
    return { ranges: [...ranges.values()], completed, settled: this.#from - this.#first, failed };
  }
}
