import type { Clock } from '../../clock/clock.ts';
import type { Job, JobStatus, JobType } from '../../jobs/job.ts';
import { JOB_STATUSES, JOB_TYPES } from '../../jobs/job.ts';
import type { Inspection } from './open-inspection.ts';

/** Where one block is and what it waits for. */
export interface Explanation {
  readonly block: number;
  readonly state: 'unplanned' | 'before-this-database' | 'working' | 'waiting' | 'stuck' | 'settled';
  /** What is so, in one or two sentences, first the block's own job, then what is in front of it. */
  readonly summary: string;
  /** Job of the stage that the block is in; null when it has none. */
  readonly job: ExplainedJob | null;
  /** The earlier block's job that settlement cannot pass; null when there is none. */
  readonly blockedBy: ExplainedJob | null;
  /** Stages that are done. */
  readonly done: readonly JobType[];
}

export interface ExplainedJob {
  readonly id: string;
  readonly type: JobType;
  readonly status: JobStatus;
  readonly firstBlock: number;
  readonly lastBlock: number;
  readonly waitingFor: string | null;
  readonly lastFailure: string | null;
  /** Attempts that failed, by phase, and leases that were lost with their holder. */
  readonly attempts: { readonly process: number; readonly verify: number; readonly lostLeases: number };
  readonly lease: { readonly owner: string; readonly phase: string; readonly expiresInSeconds: number } | null;
  /** Seconds until the job is looked at again; 0 when that is due; null when nobody will by itself. */
  readonly nextActionInSeconds: number | null;
}

const UNFINISHED = JOB_STATUSES.filter((status) => status !== 'Completed');

export async function explainBlock(
  inspection: Pick<Inspection, 'store'>,
  clock: Clock,
  block: number,
): Promise<Explanation> {
  const { store } = inspection;
  const jobs = await jobsOf(inspection, block);
  const done = jobs.filter(({ status }) => status === 'Completed').map(({ job_type }) => job_type);
  const job = jobs.at(-1);
  if (job === undefined) return await withoutJob(inspection, block);

  const explained = explainJob(job, clock.now());
  const [earlier] = await store.list({ statuses: UNFINISHED, to: job.internal_id - 1, order: 'ascending', limit: 1 });
  const blockedBy = done.includes('StateTransition') || earlier === undefined ? null : explainJob(earlier, clock.now());
  const summary = [sentenceOf(block, explained), ...(blockedBy === null ? [] : [blockingSentence(blockedBy)])].join(
    ' ',
  );
  return { block, state: stateOf(job), summary, job: explained, blockedBy, done };
}

function explainJob(job: Job, now: number): ExplainedJob {
  const { lease, attempts, metadata } = job;
  return {
    id: job.id,
    type: job.job_type,
    status: job.status,
    firstBlock: metadata.specific.start_block,
    lastBlock: metadata.specific.end_block,
    waitingFor: job.waiting_for,
    lastFailure: metadata.common.failure_reason,
    attempts: { process: attempts.process, verify: attempts.verify, lostLeases: attempts.lost_leases },
    lease:
      lease === null
        ? null
        : { owner: lease.owner, phase: lease.phase, expiresInSeconds: seconds(lease.expires_at - now) },
    nextActionInSeconds: job.next_action_at === null ? null : Math.max(0, seconds(job.next_action_at - now)),
  };
}

/** The block's jobs in the order of the stages; a job covers a range, which may begin before the block. */
async function jobsOf({ store }: Pick<Inspection, 'store'>, block: number): Promise<Job[]> {
  const found = await Promise.all(
    JOB_TYPES.map((type) => store.list({ types: [type], to: block, order: 'descending', limit: 1 })),
  );
  return found.flat().filter((job) => job.metadata.specific.end_block >= block);
}

async function withoutJob({ store }: Pick<Inspection, 'store'>, block: number): Promise<Explanation> {
  const [first] = await store.list({ types: ['SnosRun'], order: 'ascending', limit: 1 });
  const last = await store.latest('SnosRun');
  const nothing = { block, job: null, blockedBy: null, done: [] } as const;
  if (first !== undefined && block < first.internal_id) {
    const summary = `Block ${block} is before block ${first.internal_id}, the first one of this database: it was settled before, or its jobs were cleared away.`;
    return { ...nothing, state: 'before-this-database', summary };
  }
  const from =
    last === undefined ? 'No block is planned yet' : `Blocks up to ${last.metadata.specific.end_block} are planned`;
  const summary = `Block ${block} has no job. ${from}; the next ones follow when the node has them and the buffer of blocks on their way has room.`;
  return { ...nothing, state: 'unplanned', summary };
}

function stateOf(job: Job): Explanation['state'] {
  if (job.status === 'Completed') return job.job_type === 'StateTransition' ? 'settled' : 'waiting';
  if (job.status === 'Failed' || job.status === 'VerificationTimeout') return 'stuck';
  return job.lease === null ? 'waiting' : 'working';
}

function sentenceOf(block: number, job: ExplainedJob): string {
  if (job.status === 'Completed') {
    if (job.type === 'StateTransition') return `Block ${block} is settled.`;
    return `Block ${block} has passed ${job.type}; its next stage is about to be planned.`;
  }
  const start = `Block ${block} is in ${job.type}, ${job.status}`;
  if (job.status === 'Failed' || job.status === 'VerificationTimeout') {
    const reason = job.lastFailure ?? job.waitingFor ?? 'no reason is recorded';
    return `${start}: ${withoutStop(reason)}. It stays so until "orchestrator jobs retry ${job.id}".`;
  }
  if (job.lease !== null) {
    return `${start}: ${job.lease.owner} works on it, and has the lease for another ${job.lease.expiresInSeconds} s.`;
  }
  const waiting = job.waitingFor === null ? '' : `, waiting for ${withoutStop(job.waitingFor)}`;
  const next =
    job.nextActionInSeconds === null
      ? 'nothing is due'
      : `looked at again in ${job.nextActionInSeconds} s at the latest`;
  const failure = job.lastFailure === null ? '' : ` Last failure: ${withoutStop(job.lastFailure)}.`;
  return `${start}${waiting}; ${next}.${failure}`;
}

function blockingSentence(job: ExplainedJob): string {
  const why = job.lastFailure ?? job.waitingFor;
  return `Settlement is in block order and has to pass block ${job.firstBlock} first, which is in ${job.type}, ${job.status}${why === null ? '' : `: ${withoutStop(why)}`}.`;
}

function withoutStop(text: string): string {
  return text.replace(/\.\s*$/, '');
}

function seconds(ms: number): number {
  return Math.ceil(ms / 1000);
}
