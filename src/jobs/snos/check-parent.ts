import { OrchestratorError } from '../../errors/orchestrator-error.ts';
import { feltToHex } from '../../starknet/felt.ts';
import type { BlockHeader, StarknetNode } from '../../starknet/starknet-node.ts';

export interface KnownHash {
  readonly hash: bigint;
  /** `recorded`: by the SnosRun job that ended with the block; `contract`: the core contract stands at the block. */
  readonly source: 'recorded' | 'contract';
}

/** Hash of a block as this program or the contract recorded it; undefined when neither has. */
export type KnownHashOf = (block: number) => Promise<KnownHash | undefined>;

const SOURCES = { recorded: 'as it was recorded', contract: 'as the core contract holds it' } as const;

/**
 * Makes sure that the block continues the chain as we know it. What was recorded comes before what the node says today:
 * a node that was replaced or reorganised agrees with itself, but not with what was already settled. Fails with CHAIN_BROKEN.
 */
export async function checkParent(header: BlockHeader, node: StarknetNode, knownHashOf: KnownHashOf): Promise<void> {
  const { number, parentHash } = header;
  if (number === 0) return mustContinue(header, 0n, 'nothing comes before block 0');
  const known = await knownHashOf(number - 1);
  if (known !== undefined) return mustContinue(header, known.hash, SOURCES[known.source]);
  const before = await node.blockHeader(number - 1);
  mustContinue({ number, parentHash }, before.hash, 'as the node gives it');
}

function mustContinue(
  { number, parentHash }: Pick<BlockHeader, 'number' | 'parentHash'>,
  expected: bigint,
  source: string,
): void {
  if (parentHash === expected) return;
  throw new OrchestratorError(
    'CHAIN_BROKEN',
    `Block ${number} has the parent hash ${feltToHex(parentHash)}, but the block before it has ${feltToHex(expected)} (${source})`,
    {
      context: { block: number, parentHash: feltToHex(parentHash), expected: feltToHex(expected) },
      hint: 'Check that the node follows the chain that is being settled and that it was not rolled back.',
    },
  );
}
