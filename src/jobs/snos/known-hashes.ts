import type { JobStore } from '../../database/job-store.ts';
import type { Settlement } from '../../settlement/settlement.ts';
import { parseFelt } from '../../starknet/felt.ts';
import type { KnownHashOf } from './check-parent.ts';

/** Block hashes from the completed SnosRun jobs, and the core contract's own for the block where it stands. */
export function knownHashes(jobs: Pick<JobStore, 'list'>, settlement: Pick<Settlement, 'state'>): KnownHashOf {
  return async (block) => {
    const [run] = await jobs.list({
      types: ['SnosRun'],
      statuses: ['Completed'],
      to: block,
      order: 'descending',
      limit: 1,
    });
    const specific = run?.metadata.specific;
    if (specific?.type === 'Snos' && specific.end_block === block && specific.end_block_hash !== null) {
      const hash = parseFelt(specific.end_block_hash, `end_block_hash of the SnosRun job of block ${block}`);
      return { hash, source: 'recorded' };
    }
    const settled = await settlement.state('included');
    return settled.blockNumber === block ? { hash: settled.blockHash, source: 'contract' } : undefined;
  };
}
