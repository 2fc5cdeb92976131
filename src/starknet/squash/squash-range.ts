import { OrchestratorError } from '../../errors/orchestrator-error.ts';
import { feltToHex } from '../felt.ts';
import { lookUpInBatches } from '../look-up-in-batches.ts';
import type { StarknetNode } from '../starknet-node.ts';
import type { StateUpdate } from '../state-update.ts';
import { MergedWrites } from './merged-writes.ts';
import {
  changesOf,
  contractsToLookUp,
  NOTHING_BEFORE,
  type StateBefore,
  slotsToLookUp,
} from './squash-state-updates.ts';

/** State updates under way or waiting to be merged at once; each may be megabytes. */
const UPDATES_AT_ONCE = 8;

/**
 * The change of state of the blocks `first` to `last` (both included) as one update, with what it takes of the state
 * before them looked up at block `first - 1`. A single block is what the node says it is: its update lists changes only.
 *
 * @throws OrchestratorError CHAIN_BROKEN when the updates do not follow each other, NODE_ANSWER_INVALID when an answer is
 *   missing, and whatever the node fails with: no failed look-up ever counts as zero
 */
export async function squashRange(
  node: Pick<StarknetNode, 'stateUpdate' | 'storage' | 'classHashes'>,
  first: number,
  last: number,
): Promise<StateUpdate> {
  if (!Number.isSafeInteger(first) || !Number.isSafeInteger(last) || first < 0 || last < first)
    throw new OrchestratorError('STATE_UPDATE_INVALID', `${first} to ${last} is not a range of blocks`);
  if (first === last) return node.stateUpdate(first);
  const writes = new MergedWrites();
  for (let start = first; start <= last; start += UPDATES_AT_ONCE) {
    const count = Math.min(UPDATES_AT_ONCE, last - start + 1);
    const updates = await Promise.all(Array.from({ length: count }, (_, index) => node.stateUpdate(start + index)));
    for (const update of updates) writes.add(update);
  }
  return changesOf(writes, first === 0 ? NOTHING_BEFORE : await lookUpStateBefore(node, first - 1, writes));
}

async function lookUpStateBefore(
  node: Pick<StarknetNode, 'storage' | 'classHashes'>,
  block: number,
  writes: MergedWrites,
): Promise<StateBefore> {
  const contracts = contractsToLookUp(writes);
  const hashes = await lookUpInBatches('class hashes', contracts, (batch) => node.classHashes(block, batch));
  const classHashes = new Map(contracts.map((address, index) => [address, hashes[index]]));

  const slots = slotsToLookUp(writes, (address) => classHashes.get(address) !== undefined);
  const answers = await lookUpInBatches('storage', slots, (batch) => node.storage(block, batch));
  const values = new Map<bigint, Map<bigint, bigint>>();
  slots.forEach(({ address, key }, index) => {
    const ofContract = values.get(address) ?? new Map<bigint, bigint>();
    values.set(address, ofContract);
    const value = answers[index];
    if (value !== undefined) ofContract.set(key, value);
  });
  return {
    classHash(address) {
      if (!classHashes.has(address)) throw notLookedUp(`class of contract ${feltToHex(address)}`, block);
      return classHashes.get(address);
    },
    storage(address, key) {
      const value = values.get(address)?.get(key);
      if (value === undefined) throw notLookedUp(`slot ${feltToHex(key)} of contract ${feltToHex(address)}`, block);
      return value;
    },
  };
}

function notLookedUp(what: string, block: number): OrchestratorError {
  return new OrchestratorError('NODE_ANSWER_INVALID', `the node did not say the ${what} at block ${block}`, {
    retry: 'transient',
    context: { block },
  });
}
