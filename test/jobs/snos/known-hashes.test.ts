import { describe, expect, it } from '@jest/globals';
import type { JobQuery } from '../../../src/database/job-store.ts';
import type { Job } from '../../../src/jobs/job.ts';
import { metadataOf } from '../../../src/jobs/new-jobs.ts';
import { knownHashes } from '../../../src/jobs/snos/known-hashes.ts';
import { hashOf } from '../fakes/fake-chain.ts';
import { withSpecific } from '../fakes/jobs.ts';
import { pipeline } from '../fakes/pipeline.ts';

/** The one query that is asked, answered by its own rules. */
const storeOf = (jobs: readonly Job[]) => ({
  list: async ({ types, statuses, to, limit }: JobQuery) =>
    jobs
      .filter(
        (job) => types?.includes(job.job_type) && statuses?.includes(job.status) && job.internal_id <= (to ?? Infinity),
      )
      .sort((a, b) => b.internal_id - a.internal_id)
      .slice(0, limit),
});

async function completed(block: number): Promise<Job> {
  return { ...(await pipeline().snosDone(block)), status: 'Completed' };
}

describe('known block hashes', () => {
  it('come from the completed run that ends with the block', async () => {
    const { settlement } = pipeline();
    const known = knownHashes(storeOf([await completed(0), await completed(1)]), settlement);
    expect(await known(0)).toEqual({ hash: hashOf(0), source: 'recorded' });
    expect(await known(1)).toEqual({ hash: hashOf(1), source: 'recorded' });
    expect(await known(2)).toBeUndefined();
  });

  it('do not come from a run that is not completed, or that ends elsewhere', async () => {
    const { settlement, snosDone } = pipeline();
    expect(await knownHashes(storeOf([await snosDone(1)]), settlement)(1)).toBeUndefined();
    const run = await completed(0);
    const longer = withSpecific(run, { ...metadataOf(run, 'Snos'), end_block: 5 });
    const known = knownHashes(storeOf([longer]), settlement);
    expect(await known(1)).toBeUndefined();
    expect(await known(5)).toEqual({ hash: hashOf(0), source: 'recorded' });
  });

  it('come from the contract for the block where it stands', async () => {
    const { settlement } = pipeline();
    settlement.included = { blockNumber: 7, root: 1n, blockHash: 0n };
    const known = knownHashes(storeOf([]), settlement);
    expect(await known(7)).toEqual({ hash: 0n, source: 'contract' });
    expect(await known(6)).toBeUndefined();
  });
});
