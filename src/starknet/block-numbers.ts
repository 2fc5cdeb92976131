import type { StateDiffView } from './decode-da-words.ts';
import { BLOCK_HASH_CONTRACT } from './system-contracts.ts';

/** While block n is made, contract 0x1 learns the hash of block n - 10. */
const HASH_DELAY = 10n;

/**
 * Numbers of the blocks, ascending, that a published state difference is about, as contract 0x1 shows them. The first ten
 * blocks of a chain leave no trace there.
 */
export function blockNumbersIn(diff: StateDiffView): number[] {
  const contract = diff.contracts.find(({ address }) => address === BLOCK_HASH_CONTRACT);
  return (contract?.entries ?? [])
    .map(({ key }) => key + HASH_DELAY)
    .filter((number) => number <= BigInt(Number.MAX_SAFE_INTEGER))
    .map(Number);
}
