import type { RetryClass } from '../errors/orchestrator-error.ts';
import type { NewJob, Phase, SpecificMetadata } from './job.ts';

/** Everything that can happen to a job. Events with a `token` come from the holder of a lease and are void without it. */
export type JobEvent =
  | {
      readonly type: 'claim';
      readonly phase: Phase;
      readonly owner: string;
      readonly leaseMs: number;
      /** Number of the wake-up that led here; undefined for a direct hand-over, which needs none. */
      readonly sequence?: number;
    }
  | { readonly type: 'renew'; readonly token: number; readonly leaseMs: number }
  | {
      readonly type: 'submitted';
      readonly token: number;
      readonly externalId: string;
      readonly specific: SpecificMetadata;
      readonly verifyAt: number;
    }
  | {
      readonly type: 'completed';
      readonly token: number;
      readonly externalId?: string;
      readonly specific?: SpecificMetadata;
      readonly successors: readonly NewJob[];
    }
  | {
      readonly type: 'pending';
      readonly token: number;
      readonly retryAt: number;
      readonly waitingFor: string;
      /** Nothing can be verified before operators or the market do something: the deadline begins anew. */
      readonly held?: boolean;
      readonly specific?: SpecificMetadata;
    }
  | { readonly type: 'rejected'; readonly token: number; readonly reason: string }
  | {
      readonly type: 'failed';
      readonly token: number;
      readonly retry: RetryClass;
      readonly reason: string;
      /** What it could not do without. */
      readonly dependency?: string;
      readonly retryAt: number;
    }
  | {
      readonly type: 'deferred';
      readonly token: number;
      readonly retryAt: number;
      readonly waitingFor: string;
      /** What it waits for should come within minutes. */
      readonly brief?: boolean;
    }
  | { readonly type: 'released'; readonly token: number }
  | { readonly type: 'lease-expired' }
  | { readonly type: 'resend' }
  | { readonly type: 'relayed' }
  | { readonly type: 'retry'; readonly by: string }
  | { readonly type: 'reorged'; readonly reason: string }
  | { readonly type: 'artifacts-tagged' };

export type JobEventType = JobEvent['type'];

export const JOB_EVENT_TYPES = [
  'claim',
  'renew',
  'submitted',
  'completed',
  'pending',
  'rejected',
  'failed',
  'deferred',
  'released',
  'lease-expired',
  'resend',
  'relayed',
  'retry',
  'reorged',
  'artifacts-tagged',
] as const satisfies readonly JobEventType[];
