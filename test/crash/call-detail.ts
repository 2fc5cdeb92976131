import type { Intent } from '../../src/database/intent-store.ts';
import type { JobChange, JobQuery } from '../../src/database/job-store.ts';
import { JOB_TYPES, type Job } from '../../src/jobs/job.ts';
import { nextPhase } from '../../src/jobs/job-change.ts';
import { queueFor } from '../../src/queues/job-queues.ts';

/** What two calls of one method must share to be the same crash point, and the job phase that the call is about. */
export interface CallDetail {
  readonly detail: string;
  /** `<job type>/<phase>`, where the arguments tell. */
  readonly concerns?: string;
}

/** Describes a call by its arguments, without numbers that change from run to run. */
export function describeCall(
  port: string,
  method: string,
  args: readonly unknown[],
  jobs: Map<string, Job>,
): CallDetail {
  const call = `${port}.${method}`;
  const [first, second] = args;
  switch (call) {
    case 'JobStore.commit':
      return describeCommit(first as JobChange, jobs);
    case 'JobStore.insert':
      return { detail: (first as Job[]).map((job) => remember(job, jobs)).join(',') };
    case 'JobStore.get': {
      const job = jobs.get(String(first));
      if (job === undefined) return { detail: 'of an earlier process' };
      return { detail: '', concerns: `${job.job_type}/${job.lease?.phase ?? nextPhase(job.status)}` };
    }
    case 'JobStore.latest':
      return { detail: [first, second].filter((part) => part !== undefined).join(' ') };
    case 'JobStore.find':
      return { detail: String(first) };
    case 'JobStore.list': {
      const { types = [], statuses = [] } = first as JobQuery;
      return { detail: [...types, ...statuses].join(' ') };
    }
    case 'IntentStore.replace':
      return { detail: (first as Intent).state };
    case 'EthereumClient.call':
      return { detail: (first as { data: string }).data.slice(0, 10) };
    case 'EthereumClient.block':
      return { detail: typeof first === 'number' ? 'by number' : String(first) };
    case 'EthereumClient.transactionCount':
      return { detail: typeof second === 'string' ? second : 'at a block' };
    default:
      return { detail: port === 'ObjectStore' ? objectName(String(first)) : '' };
  }
}

/** The job phase whose wake-ups a queue carries; undefined for the others. */
export function phaseOfQueue(name: string): string | undefined {
  for (const type of JOB_TYPES) {
    for (const phase of ['process', 'verify'] as const) if (queueFor(type, phase) === name) return `${type}/${phase}`;
  }
  return undefined;
}

function describeCommit({ job, successors = [] }: JobChange, jobs: Map<string, Job>): CallDetail {
  remember(job, jobs);
  const { lease } = job;
  const event = job.history.at(-1);
  const phase = lease?.phase ?? (event?.from === 'LockedForProcessing' ? 'process' : 'verify');
  const concerns = `${job.job_type}/${phase}`;
  if (lease !== null && lease.token < job.version) return { detail: 'renew', concerns };
  const created = successors.map((successor) => ` + ${remember(successor, jobs)}`).join('');
  const held = lease === null ? '' : `, ${lease.phase} claimed`;
  return { detail: `${job.job_type} ${event?.event} -> ${job.status}${held}${created}`, concerns };
}

/** Keeps the newest document by id, so that a later look-up by id can be told; answers what it is. */
function remember(job: Job, jobs: Map<string, Job>): string {
  jobs.set(job.id, job);
  return `${job.job_type}${job.lease === null ? '' : ' claimed'}`;
}

const objectName = (key: string): string => key.replace(/^\d+\//, '').replace(/0x[0-9a-f]+/, '<hash>');
