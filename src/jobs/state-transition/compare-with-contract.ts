import { OrchestratorError } from '../../errors/orchestrator-error.ts';
import type { SettledState, Settlement } from '../../settlement/settlement.ts';
import { feltToHex } from '../../starknet/felt.ts';
import type { OsOutput } from '../../starknet/os-output.ts';
import type { StarknetNode } from '../../starknet/starknet-node.ts';
import type { BlockRange } from '../job.ts';

/** Where the core contract stands, seen from a range that is to be settled. */
export type Standing =
  /** The range's first block is the next one. */
  | { readonly kind: 'next' }
  /** Blocks before the range are missing. */
  | { readonly kind: 'behind' }
  /** The range is settled, by this program or by somebody else, with our roots and hashes. */
  | { readonly kind: 'settled' }
  /** The contract is past the range and the node has not reached the block that would tell whether it is our chain. */
  | { readonly kind: 'ahead-of-node'; readonly block: number };

/**
 * Compares the contract with the output. Fails with SETTLEMENT_CONFLICT where the contract holds another state than the one
 * that our blocks lead to: nothing may be sent then, and no retry helps before a person has looked.
 */
export async function compareWithContract(
  state: SettledState,
  range: BlockRange,
  output: OsOutput,
  settlement: Pick<Settlement, 'settledAt'>,
  node: Pick<StarknetNode, 'blockHeader'>,
): Promise<Standing> {
  const position = state.blockNumber;
  if (position < range.first - 1) return { kind: 'behind' };
  if (position === range.first - 1) {
    mustAgree(position, state, { root: output.initialRoot, blockHash: output.prevBlockHash });
    return { kind: 'next' };
  }
  if (position < range.last) {
    throw new OrchestratorError(
      'SETTLEMENT_CONFLICT',
      `The core contract stands at block ${position}, inside the range ${range.first} to ${range.last} that is to be settled as one`,
      { context: { position, first: range.first, last: range.last } },
    );
  }
  const ours = { root: output.finalRoot, blockHash: output.newBlockHash };
  if (position === range.last) {
    mustAgree(position, state, ours);
    return { kind: 'settled' };
  }
  const logged = await settlement.settledAt(range.last);
  if (logged !== undefined) {
    mustAgree(range.last, logged, ours);
    return { kind: 'settled' };
  }
  // A longer update went past our last block without logging it: its end being on our chain says that so is everything before.
  const header = await headerIfKnown(node, position);
  if (header === undefined) return { kind: 'ahead-of-node', block: position };
  mustAgree(position, state, { root: header.newRoot, blockHash: header.hash });
  return { kind: 'settled' };
}

function mustAgree(
  block: number,
  contract: Omit<SettledState, 'blockNumber'>,
  ours: Omit<SettledState, 'blockNumber'>,
): void {
  if (contract.root === ours.root && contract.blockHash === ours.blockHash) return;
  const theirs = `root ${feltToHex(contract.root)}, hash ${feltToHex(contract.blockHash)}`;
  throw new OrchestratorError(
    'SETTLEMENT_CONFLICT',
    `At block ${block} the core contract has ${theirs}; our chain has root ${feltToHex(ours.root)}, hash ${feltToHex(ours.blockHash)}`,
    {
      context: {
        block,
        contractRoot: feltToHex(contract.root),
        contractHash: feltToHex(contract.blockHash),
        ourRoot: feltToHex(ours.root),
        ourHash: feltToHex(ours.blockHash),
      },
      hint: 'Settlement stops here. Check that the core contract belongs to this chain and that the node follows it.',
    },
  );
}

async function headerIfKnown(node: Pick<StarknetNode, 'blockHeader'>, block: number) {
  try {
    return await node.blockHeader(block);
  } catch (error) {
    if (error instanceof OrchestratorError && error.code === 'BLOCK_NOT_FOUND') return undefined;
    throw error;
  }
}
