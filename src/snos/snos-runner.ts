import type { BlockRange } from '../jobs/job.ts';

/** Runs the Starknet OS over a block range. */
export interface SnosRunner {
  run(request: SnosRequest): Promise<SnosResult>;
}

export interface SnosRequest {
  readonly range: BlockRange;
  readonly fullOutput: boolean;
  readonly signal: AbortSignal;
}

export interface SnosResult {
  /** Program output words, ten-word header first (OS output of Starknet 0.13.2 and later). */
  readonly programOutput: readonly bigint[];
  /** Cairo PIE, a zip. */
  readonly pie: Uint8Array;
  /** Hash of the program whose output this is; the fact is made with it. */
  readonly programHash: bigint;
  readonly nSteps: number;
}
