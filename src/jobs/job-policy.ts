import type { JobType } from './job.ts';

/** Limits of one job type. */
export interface JobPolicy {
  /** Processing attempts that may end in an error (or a rejected verification) before the job is Failed. */
  readonly maxProcessAttempts: number;
  /**
   * Milliseconds from submission to VerificationTimeout. Time does not count while a dependency is down or asks for fewer
   * requests, while settlement is held, or when no instance runs.
   */
  readonly verifyDeadlineMs: number;
  /** Leases that may expire under their holders before the job is Failed. */
  readonly maxLostLeases: number;
  /** Milliseconds after which an unanswered wake-up is sent again; doubles with every re-send. */
  readonly resendAfterMs: number;
}

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

/** Deadlines follow what verification waits for: our own objects, a prover, the settlement layer. */
const VERIFY_DEADLINE_MS: Readonly<Record<JobType, number>> = {
  SnosRun: 10 * MINUTE,
  ProofCreation: 24 * HOUR,
  ProofRegistration: 24 * HOUR,
  DataSubmission: 10 * MINUTE,
  StateTransition: 24 * HOUR,
};

export type JobPolicies = Readonly<Record<JobType, JobPolicy>>;

export function defaultPolicies(overrides: Partial<JobPolicy> = {}): JobPolicies {
  const policy = (type: JobType): JobPolicy => ({
    maxProcessAttempts: 5,
    verifyDeadlineMs: VERIFY_DEADLINE_MS[type],
    maxLostLeases: 20,
    resendAfterMs: 30_000,
    ...overrides,
  });
  return {
    SnosRun: policy('SnosRun'),
    ProofCreation: policy('ProofCreation'),
    ProofRegistration: policy('ProofRegistration'),
    DataSubmission: policy('DataSubmission'),
    StateTransition: policy('StateTransition'),
  };
}
