import type { Clock } from '../clock/clock.ts';
import type { Log } from '../telemetry/log.ts';
import type { Job, SpecificMetadata } from './job.ts';

/**
 * The work of one job type. A handler returns what happened; it throws only what it did not expect, as an
 * OrchestratorError whose retry class decides what follows. It may be stopped and started again at any point.
 */
export interface JobHandler {
  process(job: Job, work: WorkContext): Promise<ProcessOutcome>;
  verify(job: Job, work: WorkContext): Promise<VerifyOutcome>;
}

export interface WorkContext {
  /** Fires when the lease is lost, the deadline passed or the program stops. */
  readonly signal: AbortSignal;
  readonly clock: Clock;
  readonly log: Log;
  /** Fails with LEASE_LOST unless the lease is still ours; to be awaited right before an external effect. */
  fence(): Promise<void>;
}

export type ProcessOutcome =
  /** The work was handed in; verification follows after `verifyAfterMs`. */
  | {
      readonly kind: 'submitted';
      readonly externalId: string;
      readonly specific: SpecificMetadata;
      readonly verifyAfterMs: number;
    }
  /** Done and known to be right; nothing is left to verify. */
  | { readonly kind: 'completed'; readonly externalId: string; readonly specific: SpecificMetadata }
  /**
   * Cannot start yet; costs no attempt. `brief`: what it waits for should come within minutes, so that operators are told
   * once when it does not, and pauses grow.
   */
  | { readonly kind: 'deferred'; readonly retryAfterMs: number; readonly waitingFor: string; readonly brief?: boolean };

export type VerifyOutcome =
  | { readonly kind: 'verified'; readonly specific?: SpecificMetadata }
  | {
      readonly kind: 'pending';
      readonly retryAfterMs: number;
      readonly waitingFor: string;
      /** Held back by a limit or a balance of the operators: the deadline begins anew when that ends. */
      readonly held?: boolean;
      readonly specific?: SpecificMetadata;
    }
  /** The work was done wrongly; it is processed again while attempts are left. */
  | { readonly kind: 'rejected'; readonly reason: string };
