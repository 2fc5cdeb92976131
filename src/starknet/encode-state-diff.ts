import { OrchestratorError } from '../errors/orchestrator-error.ts';
import type { Blocks } from './blocks.ts';
import {
  type AliasTable,
  aliasesOf,
  aliasStateUpdate,
  reverseAliases,
  unaliasStateUpdate,
} from './compression/aliases.ts';
import { compressWords, decompressWords } from './compression/stateless-compression.ts';
import { type DaEncoding, layoutOf } from './da-encoding.ts';
import { daWords } from './da-words.ts';
import { decodeDaWords } from './decode-da-words.ts';
import { type EncodingInputs, lookUpEncodingInputs } from './encoding-inputs.ts';
import { sameContractChanges, sameWrites } from './same-changes.ts';
import type { StarknetNode } from './starknet-node.ts';
import type { StateUpdate } from './state-update.ts';
import { sortStateUpdate } from './state-update-order.ts';

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
export function encodeStateDiff(update: StateUpdate, options: EncodingInputs): EncodedStateDiff {
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

/**
 * {@link encodeStateDiff} with what it needs looked up.
 *
 * @throws OrchestratorError as encodeStateDiff and {@link lookUpEncodingInputs}
 */
export async function encodeStateDiffOfRange(
  node: Pick<StarknetNode, 'nonces' | 'storage'>,
  update: StateUpdate,
  range: Blocks,
  encoding: DaEncoding,
): Promise<EncodedStateDiff> {
  return encodeStateDiff(update, await lookUpEncodingInputs(node, update, range, encoding));
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
