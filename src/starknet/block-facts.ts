import { OrchestratorError } from '../errors/orchestrator-error.ts';
import type { Blocks } from './blocks.ts';
import type { DaComputer } from './da-computer.ts';
import { type DaEncoding, daEncodingFor } from './da-encoding.ts';
import { lookUpEncodingInputs } from './encoding-inputs.ts';
import { feltToHex } from './felt.ts';
import { inProcessDaComputer } from './in-process-da-computer.ts';
import type { PackedWords } from './packed-words.ts';
import { type RangeHeaders, readRangeHeaders } from './range-headers.ts';
import { squashRange } from './squash/squash-range.ts';
import type { BlockHeader, StarknetNode } from './starknet-node.ts';
import type { StateUpdate } from './state-update.ts';

/** What a node says about a range of final blocks, and the data-availability words that follow from it. */
export interface BlockFacts {
  /** Headers of the first and the last block; the same for a range of one. */
  readonly first: BlockHeader;
  readonly last: BlockHeader;
  /** Change of state of the whole range. */
  readonly update: StateUpdate;
  readonly encoding: DaEncoding;
  /** As they are published. */
  readonly words: PackedWords;
}

export interface BlockFactsOptions {
  /** Instead of what the blocks' Starknet version says. */
  readonly daEncoding?: DaEncoding | undefined;
  readonly computer?: DaComputer | undefined;
}

/**
 * Reads the blocks of a range and encodes what they change together.
 *
 * @throws OrchestratorError CHAIN_BROKEN when the blocks do not follow each other, or when a header and a state update do
 *   not belong to the same block (two nodes behind one address, or a reorganisation between the two calls);
 *   VERSION_UNSUPPORTED for an unknown Starknet version or two of them; as squashRange and encodeStateDiff
 */
export async function readBlockFacts(
  node: StarknetNode,
  range: Blocks,
  { daEncoding, computer = inProcessDaComputer }: BlockFactsOptions = {},
): Promise<BlockFacts> {
  const headers = await readRangeHeaders(node, range);
  const encoding = daEncodingFor(headers.starknetVersion, daEncoding);
  const update = await squashRange(checkedUpdates(node, headers), range.first, range.last);
  const { words } = await computer.encode(update, await lookUpEncodingInputs(node, update, range, encoding));
  return { first: headers.first, last: headers.last, update, encoding, words };
}

/** The node, each state update found to be that of the block whose header was read. */
function checkedUpdates(
  node: StarknetNode,
  { all }: RangeHeaders,
): Pick<StarknetNode, 'stateUpdate' | 'storage' | 'classHashes'> {
  return {
    stateUpdate: async (block) => {
      const update = await node.stateUpdate(block);
      const header = all.get(block);
      mustBeSame(block, 'block hash', header?.hash, update.blockHash);
      mustBeSame(block, 'new root', header?.newRoot, update.newRoot);
      return update;
    },
    storage: (block, slots) => node.storage(block, slots),
    classHashes: (block, addresses) => node.classHashes(block, addresses),
  };
}

function mustBeSame(block: number, what: string, inHeader: bigint | undefined, inUpdate: bigint): void {
  if (inHeader === inUpdate) return;
  const header = inHeader === undefined ? 'nothing' : feltToHex(inHeader);
  throw new OrchestratorError(
    'CHAIN_BROKEN',
    `Block ${block}: the header says ${what} ${header}, the state update ${feltToHex(inUpdate)}`,
    { context: { block, what, header, stateUpdate: feltToHex(inUpdate) } },
  );
}
