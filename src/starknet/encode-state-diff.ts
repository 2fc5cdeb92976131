import { OrchestratorError } from '../errors/orchestrator-error.ts';
import {
  type AliasTable,
  aliasesOf,
  aliasLookups,
  aliasStateUpdate,
  reverseAliases,
  unaliasStateUpdate,
} from './compression/aliases.ts';
import { compressWords, decompressWords } from './compression/stateless-compression.ts';
import { type DaEncoding, layoutOf } from './da-encoding.ts';
import { contractsNeedingNonce, daWords } from './da-words.ts';
import { decodeDaWords } from './decode-da-words.ts';
import { lookUpInBatches } from './look-up-in-batches.ts';
import { sameContractChanges, sameWrites } from './same-changes.ts';
import type { StarknetNode } from './starknet-node.ts';
import type { StateUpdate } from './state-update.ts';
import { sortStateUpdate } from './state-update-order.ts';
import { ALIAS_CONTRACT } from './system-contracts.ts';

export interface EncodeStateDiffOptions {
  readonly encoding: DaEncoding;
  /** `old` only: nonces at the last block, of the contracts of `contractsNeedingNonce`. */
  readonly currentNonces?: ReadonlyMap<bigint, bigint>;
  /** `stateful` only: storage of contract 0x2 at the block before the first, at the keys of `aliasLookups`. */
  readonly aliasesBefore?: AliasTable;
}

/** A state difference as it is published. */
export interface EncodedStateDiff {
  readonly encoding: DaEncoding;
  /** What goes into the blobs and the challenge. */
  readonly words: readonly bigint[];
  /** The words before compression; the same as `words` where nothing is compressed. */
  readonly plainWords: readonly bigint[];
}

/**
 * Words that a state update, of one block or squashed from many, publishes. Each step is undone before its result is
 * given away and must lead back to where it started.
 *
 * @throws OrchestratorError WORDS_INVALID for an update that cannot be published or a step that cannot be undone,
 *   ALIAS_MISSING for an address or key without alias
 */
export function encodeStateDiff(update: StateUpdate, options: EncodeStateDiffOptions): EncodedStateDiff {
  const { encoding } = options;
  const named = encoding === 'stateful' ? aliased(update, options.aliasesBefore ?? new Map()) : update;
  const layout = layoutOf(encoding);
  const plainWords = daWords(named, {
    layout,
    ...(options.currentNonces === undefined ? {} : { currentNonces: options.currentNonces }),
  });
  const readBack = decodeDaWords(plainWords, layout).contracts;
  if (!sameWrites(readBack, sortStateUpdate(named).stateDiff.storageDiffs)) throw notUndone('words');
  if (encoding === 'old' || encoding === 'new') return { encoding, words: plainWords, plainWords };
  const words = compressWords(plainWords);
  const decompressed = decompressWords(words);
  if (decompressed.length !== plainWords.length || decompressed.some((word, index) => word !== plainWords[index]))
    throw notUndone('compressed words');
  return { encoding, words, plainWords };
}

/** Blocks that an update is about, both included. */
export interface BlockRange {
  readonly first: number;
  readonly last: number;
}

/**
 * {@link encodeStateDiff} with what it needs looked up: nonces at the last block of the range for `old`, aliases at the
 * block before the first one for `stateful`.
 *
 * @throws OrchestratorError as encodeStateDiff, and whatever the node fails with; a failed look-up never counts as zero
 */
export async function encodeStateDiffOfRange(
  node: Pick<StarknetNode, 'nonces' | 'storage'>,
  update: StateUpdate,
  range: BlockRange,
  encoding: DaEncoding,
): Promise<EncodedStateDiff> {
  if (encoding === 'old') {
    const contracts = contractsNeedingNonce(update);
    const nonces = await lookUpInBatches('nonces', contracts, (batch) => node.nonces(range.last, batch));
    return encodeStateDiff(update, { encoding, currentNonces: zip(contracts, nonces) });
  }
  // Before block 0 there are no aliases, and so none to look up.
  if (encoding !== 'stateful' || range.first === 0) return encodeStateDiff(update, { encoding });
  const names = aliasLookups(update);
  const aliases = await lookUpInBatches('aliases', names, (batch) =>
    node.storage(
      range.first - 1,
      batch.map((key) => ({ address: ALIAS_CONTRACT, key })),
    ),
  );
  return encodeStateDiff(update, { encoding, aliasesBefore: zip(names, aliases) });
}

function aliased(update: StateUpdate, before: AliasTable): StateUpdate {
  const aliases = aliasesOf(update, before);
  const result = aliasStateUpdate(update, aliases);
  const back = unaliasStateUpdate(result, reverseAliases(aliases));
  if (!sameContractChanges(back.stateDiff, sortStateUpdate(update).stateDiff)) throw notUndone('aliases');
  return result;
}

function notUndone(step: string): OrchestratorError {
  return new OrchestratorError('WORDS_INVALID', `the ${step} of this state difference do not lead back to it`, {
    context: { step },
    hint: 'Either it names a place twice, or this is a defect of the encoder; nothing was published.',
  });
}

function zip(keys: readonly bigint[], values: readonly bigint[]): Map<bigint, bigint> {
  const result = new Map<bigint, bigint>();
  keys.forEach((key, index) => {
    const value = values[index];
    if (value !== undefined) result.set(key, value);
  });
  return result;
}
