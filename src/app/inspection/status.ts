import type { Identity, JobCount } from '../../database/job-store.ts';
import type { JobStatus, JobType } from '../../jobs/job.ts';
import type { QueueDepth, QueueName } from '../../queues/queue.ts';
import { QUEUES_IN_USE } from '../queues-in-use.ts';
import type { Inspection } from './open-inspection.ts';

/** How far an installation is. */
export interface StatusReport {
  readonly identity: Identity | null;
  /** Last block whose state update is confirmed; null before the first one of this database. */
  readonly settledBlock: number | null;
  /** Last block that a SNOS run was planned for. */
  readonly plannedBlock: number | null;
  /** Jobs that stand still until somebody acts: Failed and VerificationTimeout, lowest blocks first, at most ten. */
  readonly stuck: readonly StuckJob[];
  readonly jobs: readonly JobCount[];
  /** As far as the queues tell: SQS counts approximately. */
  readonly queues: readonly (QueueDepth & { readonly name: QueueName })[];
  /** Messages that could not be delivered or read. */
  readonly parked: number;
}

export interface StuckJob {
  readonly id: string;
  readonly type: JobType;
  readonly status: JobStatus;
  readonly block: number;
  readonly reason: string | null;
}

const STUCK: readonly JobStatus[] = ['Failed', 'VerificationTimeout'];

export async function statusReport({ store, queues, parked }: Inspection): Promise<StatusReport> {
  const [identity, settled, planned, jobs, stuck, depths, parkedMessages] = await Promise.all([
    store.identity(),
    store.latest('StateTransition', 'Completed'),
    store.latest('SnosRun'),
    store.counts(),
    store.list({ statuses: STUCK, limit: 10 }),
    Promise.all(QUEUES_IN_USE.map(async (name) => ({ name, ...(await queues.queue(name).depth()) }))),
    parked.count(),
  ]);
  return {
    identity: identity ?? null,
    settledBlock: settled?.metadata.specific.end_block ?? null,
    plannedBlock: planned?.metadata.specific.end_block ?? null,
    stuck: stuck.map((job) => ({
      id: job.id,
      type: job.job_type,
      status: job.status,
      block: job.internal_id,
      reason: job.metadata.common.failure_reason ?? job.waiting_for,
    })),
    jobs,
    queues: depths,
    parked: parkedMessages,
  };
}
