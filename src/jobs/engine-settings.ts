import type { QueueName } from '../queues/queue.ts';
import type { JobType } from './job.ts';
import { defaultPolicies, type JobPolicies } from './job-policy.ts';
import { type BackoffSettings, DEFAULT_BACKOFF } from './retry-policy.ts';

export interface EngineSettings {
  /** Names this instance in leases and logs. */
  readonly instance: string;
  readonly version: string;
  readonly leaseMs: number;
  readonly heartbeatMs: number;
  /** Waits up to so long are kept in mind rather than sent, where a message is not part of the job's own write. */
  readonly shortWaitMs: number;
  /** How long a received message stays hidden; it is deleted once its job is claimed. */
  readonly visibilityMs: number;
  /** Longest a handler may run before its signal fires; by type, milliseconds. */
  readonly timeoutMs: Readonly<Record<JobType, number>>;
  readonly policies: JobPolicies;
  readonly backoff: BackoffSettings;
  /** Handlers at once by queue, in this instance. */
  readonly concurrency: (queue: QueueName) => number;
}

export function engineSettings(
  given: Partial<EngineSettings> & Pick<EngineSettings, 'instance' | 'version'>,
): EngineSettings {
  const timeout = 300_000;
  return {
    leaseMs: 30_000,
    heartbeatMs: 10_000,
    visibilityMs: 30_000,
    shortWaitMs: 20_000,
    timeoutMs: {
      SnosRun: timeout,
      ProofCreation: timeout,
      ProofRegistration: timeout,
      DataSubmission: timeout,
      StateTransition: timeout,
    },
    policies: defaultPolicies(),
    backoff: DEFAULT_BACKOFF,
    concurrency: () => 10,
    ...given,
  };
}
