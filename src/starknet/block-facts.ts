import { OrchestratorError } from '../errors/orchestrator-error.ts';
import { contractsNeedingNonce, daWords } from './da-words.ts';
import { feltToHex } from './felt.ts';
import type { BlockHeader, StarknetNode } from './starknet-node.ts';
import { daLayoutFor } from './starknet-version.ts';
import type { StateUpdate } from './state-update.ts';

/** What a node says about a final block, and the data-availability words that follow from it. */
export interface BlockFacts {
  readonly header: BlockHeader;
  readonly update: StateUpdate;
  /** Plain (uncompressed) words in the layout of the block's Starknet version. */
  readonly words: readonly bigint[];
}

/**
 * Reads the range's block and encodes its state diff. A header and a state update that do not belong to the same block are
 * refused with CHAIN_BROKEN: two nodes behind one address, or a reorganisation between the two calls.
 *
 * Ranges of several blocks would have to be squashed into one diff; they are refused with VERSION_UNSUPPORTED.
 */
export async function readBlockFacts(
  node: StarknetNode,
  range: { readonly first: number; readonly last: number },
): Promise<BlockFacts> {
  if (range.first !== range.last) {
    throw new OrchestratorError(
      'VERSION_UNSUPPORTED',
      `Blocks ${range.first} to ${range.last} cannot be settled as one range yet`,
      {
        context: { first: range.first, last: range.last },
        hint: 'Settle them one by one: a range must have length 1.',
      },
    );
  }
  const block = range.first;
  const [header, update] = await Promise.all([node.blockHeader(block), node.stateUpdate(block)]);
  mustBeSame(block, 'block hash', header.hash, update.blockHash);
  mustBeSame(block, 'new root', header.newRoot, update.newRoot);

  const layout = daLayoutFor(header.starknetVersion);
  const asked = layout === 'old' ? contractsNeedingNonce(update) : [];
  const nonces = asked.length === 0 ? [] : await node.nonces(block, asked);
  const currentNonces = new Map(asked.map((address, i) => [address, nonceAt(nonces, i, block)]));
  return { header, update, words: daWords(update, { layout, currentNonces }) };
}

function mustBeSame(block: number, what: string, inHeader: bigint, inUpdate: bigint): void {
  if (inHeader === inUpdate) return;
  throw new OrchestratorError(
    'CHAIN_BROKEN',
    `Block ${block}: the header says ${what} ${feltToHex(inHeader)}, the state update ${feltToHex(inUpdate)}`,
    { context: { block, what, header: feltToHex(inHeader), stateUpdate: feltToHex(inUpdate) } },
  );
}

function nonceAt(nonces: readonly bigint[], index: number, block: number): bigint {
  const nonce = nonces[index];
  if (nonce !== undefined) return nonce;
  throw new OrchestratorError(
    'NODE_ANSWER_INVALID',
    `The node answered ${nonces.length} nonces of block ${block}, one is missing`,
    {
      context: { block, answered: nonces.length },
    },
  );
}
