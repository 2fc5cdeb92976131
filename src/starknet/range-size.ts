import type { Blocks } from './blocks.ts';
import type { DaComputer } from './da-computer.ts';
import { type DaEncoding, daEncodingFor } from './da-encoding.ts';
import { lookUpEncodingInputs } from './encoding-inputs.ts';
import { inProcessDaComputer } from './in-process-da-computer.ts';
import { wordCount } from './packed-words.ts';
import { squashRange } from './squash/squash-range.ts';
import type { StarknetNode } from './starknet-node.ts';
import type { StateUpdate } from './state-update.ts';

/** Words of the lists' lengths: contracts and classes. */
const COUNTS = 2;
/** Address and header of a contract; key and value of a write; a class and its compiled class. */
const PAIR = 2;
/** Bucket names in one word of a compressed stream. */
const NAMES_PER_WORD = 83;

/**
 * Words that the blocks publish as one range, exactly: squashed, encoded as the last block's Starknet version (or
 * `override`) says.
 *
 * @throws OrchestratorError as squashRange and encodeStateDiff
 */
export async function encodedWordCount(
  node: StarknetNode,
  range: Blocks,
  override?: DaEncoding,
  computer: DaComputer = inProcessDaComputer,
): Promise<number> {
  const [{ starknetVersion }, update] = await Promise.all([
    node.blockHeader(range.last),
    squashRange(node, range.first, range.last),
  ]);
  const encoding = daEncodingFor(starknetVersion, override);
  const { words } = await computer.encode(update, await lookUpEncodingInputs(node, update, range, encoding));
  return wordCount(words);
}

/**
 * The most words that a block adds to a range before compression, whatever the layout: what it publishes by itself.
 * Squashing never adds words, so that the sum over a range's blocks bounds the range; {@link encodedWordBound} of that sum
 * bounds what is published.
 */
export function plainWordBound({ stateDiff }: StateUpdate): number {
  const addresses = new Set<bigint>();
  for (const { address } of stateDiff.storageDiffs) addresses.add(address);
  for (const { address } of stateDiff.nonces) addresses.add(address);
  const withClass = new Set<bigint>();
  for (const { address } of stateDiff.deployedContracts) withClass.add(address);
  for (const { address } of stateDiff.replacedClasses) withClass.add(address);
  for (const address of withClass) addresses.add(address);
  const writes = stateDiff.storageDiffs.reduce((total, { entries }) => total + entries.length, 0);
  const classes = stateDiff.declaredClasses.length + stateDiff.migratedCompiledClasses.length;
  return COUNTS + PAIR * (addresses.size + writes + classes) + withClass.size;
}

/**
 * The most words that so many plain words can be published as. Compression makes words that are all different and wide
 * longer: by its header and by the names of their buckets; everything else in it takes less than the words it stands for.
 */
export function encodedWordBound(plainWords: number): number {
  return plainWords + 1 + Math.ceil(plainWords / NAMES_PER_WORD);
}
