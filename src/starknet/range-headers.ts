import { OrchestratorError } from '../errors/orchestrator-error.ts';
import { type Blocks, ofEachBlock } from './blocks.ts';
import { feltToHex } from './felt.ts';
import type { BlockHeader, StarknetNode } from './starknet-node.ts';

/** Headers of a range, at least one, each found to follow the one before it. */
export interface RangeHeaders {
  readonly first: BlockHeader;
  readonly last: BlockHeader;
  /** By block number. */
  readonly all: ReadonlyMap<number, BlockHeader>;
  /** Of every block in the range. */
  readonly starknetVersion: string;
}

/**
 * @throws OrchestratorError CHAIN_BROKEN naming the block whose parent is not the block before it, VERSION_UNSUPPORTED when
 *   the range crosses a change of Starknet version, which no run of the OS can
 */
export async function readRangeHeaders(node: Pick<StarknetNode, 'blockHeader'>, range: Blocks): Promise<RangeHeaders> {
  const headers = await ofEachBlock(range, (block) => node.blockHeader(block));
  const first = headers[0];
  const last = headers.at(-1);
  if (first === undefined || last === undefined)
    throw new OrchestratorError('STATE_UPDATE_INVALID', `${range.first} to ${range.last} is not a range of blocks`);
  headers.slice(1).forEach((header, index) => {
    mustFollow(header, headers[index] ?? first);
    mustHaveVersionOf(first, header);
  });
  const all = new Map(headers.map((header, index) => [range.first + index, header]));
  return { first, last, all, starknetVersion: first.starknetVersion };
}

function mustFollow({ number, parentHash }: BlockHeader, before: BlockHeader): void {
  if (parentHash === before.hash) return;
  throw new OrchestratorError(
    'CHAIN_BROKEN',
    `Block ${number} has the parent hash ${feltToHex(parentHash)}, but block ${before.number} has ${feltToHex(before.hash)}`,
    {
      context: { block: number, parentHash: feltToHex(parentHash), expected: feltToHex(before.hash) },
      hint: 'Check that the node follows the chain that is being settled and that it was not rolled back.',
    },
  );
}

function mustHaveVersionOf(first: BlockHeader, { number, starknetVersion }: BlockHeader): void {
  if (starknetVersion === first.starknetVersion) return;
  throw new OrchestratorError(
    'VERSION_UNSUPPORTED',
    `Block ${first.number} is of Starknet "${first.starknetVersion}" and block ${number} of "${starknetVersion}": they cannot be settled as one range`,
    {
      context: { first: first.number, block: number, firstVersion: first.starknetVersion, version: starknetVersion },
      hint: 'A range has to end where the version changes.',
    },
  );
}
