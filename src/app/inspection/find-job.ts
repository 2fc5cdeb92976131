import type { JobStore } from '../../database/job-store.ts';
import { OrchestratorError } from '../../errors/orchestrator-error.ts';
import { JOB_TYPES, type Job } from '../../jobs/job.ts';

/**
 * The job that somebody names by its id or as `<type>:<first block>`, for example `StateTransition:12`. Fails with USAGE
 * for a name that is neither and with JOB_NOT_FOUND.
 */
export async function findJob(store: JobStore, name: string): Promise<Job> {
  const job = await lookUp(store, name);
  if (job !== undefined) return job;
  throw new OrchestratorError('JOB_NOT_FOUND', `There is no job ${name}.`, {
    hint: 'See "orchestrator jobs list" for those there are.',
  });
}

function lookUp(store: JobStore, name: string): Promise<Job | undefined> {
  if (/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(name)) return store.get(name.toLowerCase());
  const [typeName = '', block = ''] = name.split(':');
  const type = JOB_TYPES.find((known) => known.toLowerCase() === typeName.toLowerCase());
  if (type !== undefined && /^\d{1,15}$/.test(block)) return store.find(type, Number(block));
  throw new OrchestratorError('USAGE', `"${name}" names no job.`, {
    hint: `Give its id, or type and first block, for example StateTransition:12; types: ${JOB_TYPES.join(', ')}.`,
  });
}
