import { OrchestratorError } from '../../errors/orchestrator-error.ts';
import type { SettledState } from '../../settlement/settlement.ts';
import { feltToHex } from '../../starknet/felt.ts';
import type { BlockHeader, StarknetNode } from '../../starknet/starknet-node.ts';
import { type CheckOutcome, failed, ok, warning } from './check.ts';

/** A Starknet node that is to follow the chain which the core contract settles. */
export interface CheckedNode {
  /** For example `Starknet node for SNOS`. */
  readonly name: string;
  /** Setting that its address comes from. */
  readonly flag: string;
  readonly node: StarknetNode;
}

/**
 * Whether the node's block at the contract's position is the one that was settled. Chains that share a chain id differ only
 * there. What the node cannot say is no more than a warning: nodes catch up, and some keep few blocks.
 */
export async function sameChainCheck(
  { name, flag, node }: CheckedNode,
  { blockNumber, blockHash, root }: SettledState,
): Promise<CheckOutcome> {
  if (blockNumber < 0) return ok('nothing is settled yet, so there is nothing to compare');
  // Set up by hand, or a Starknet version that did not tell the contract.
  if (blockHash === 0n) return ok(`the core contract holds no hash of block ${blockNumber}, so nothing is compared`);
  const header = await headerOrWhyNot(node, blockNumber);
  if ('state' in header) return header;
  if (header.hash !== blockHash) {
    return failed(
      `the ${name} has another chain than the core contract settles: its block ${blockNumber} has the hash ${feltToHex(header.hash)}, the contract holds ${feltToHex(blockHash)}`,
      `Check ${flag} and --l1-core-contract-address: the node must follow the chain that the contract settles.`,
    );
  }
  if (header.newRoot !== root) {
    return warning(
      `block ${blockNumber} has the state root ${feltToHex(header.newRoot)}, the core contract holds ${feltToHex(root)}`,
      'Check with which state the contract was set up: it takes updates that start from its own root only.',
    );
  }
  return ok(`block ${blockNumber} is the one that was settled`);
}

async function headerOrWhyNot(node: StarknetNode, block: number): Promise<BlockHeader | CheckOutcome> {
  try {
    const latest = await node.latestBlockNumber();
    if (latest === undefined || latest < block) {
      return warning(
        `the node ${latest === undefined ? 'has no block' : `is at block ${latest}`}, behind block ${block} at which the core contract stands, so the two could not be compared`,
        'Wait until the node has caught up; if it never does, it follows another chain.',
      );
    }
    return await node.blockHeader(block);
  } catch (error) {
    if (!(error instanceof OrchestratorError)) throw error;
    return warning(
      `the node cannot show block ${block} at which the core contract stands, so the two could not be compared: ${error.message}`,
      'Make sure that the node follows the chain that the contract settles.',
    );
  }
}
