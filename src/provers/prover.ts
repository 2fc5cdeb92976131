/** Has Cairo PIEs proven. Submitting the same work twice must be nothing: `dedupId` names it. */
export interface Prover {
  /** Answers the prover's own id of the task. */
  submit(task: ProverTask): Promise<string>;
  status(query: ProverQuery): Promise<ProverStatus>;
}

export interface ProverTask {
  /** Deterministic: the fact of the output. */
  readonly dedupId: string;
  /** Key of the PIE in the object store. */
  readonly piePath: string;
  readonly nSteps: number | null;
  /** Times the work was submitted before and rejected. */
  readonly attempt: number;
  readonly signal: AbortSignal;
}

export interface ProverQuery {
  readonly externalId: string;
  /** Fact that must be on chain before the task counts as done; null: the prover's word is enough. */
  readonly fact: string | null;
  readonly signal: AbortSignal;
}

export type ProverStatus =
  | { readonly kind: 'processing'; readonly note: string }
  | { readonly kind: 'succeeded' }
  | { readonly kind: 'failed'; readonly reason: string };
