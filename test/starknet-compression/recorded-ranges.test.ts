import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from '@jest/globals';
import { blobToWords, wordsToBlobs } from '../../src/starknet/blob.ts';
import { blockNumbersIn } from '../../src/starknet/block-numbers.ts';
import { challenge, evaluateWords } from '../../src/starknet/challenge.ts';
import {
  aliasesOf,
  aliasLookups,
  aliasStateUpdate,
  reverseAliases,
  unaliasStateUpdate,
} from '../../src/starknet/compression/aliases.ts';
import {
  compressWords,
  decompressWords,
  readCompressedWords,
} from '../../src/starknet/compression/stateless-compression.ts';
import { daEncodingFor } from '../../src/starknet/da-encoding.ts';
import { daWords } from '../../src/starknet/da-words.ts';
import { decodeDaWords } from '../../src/starknet/decode-da-words.ts';
import { encodeStateDiff, encodeStateDiffOfRange } from '../../src/starknet/encode-state-diff.ts';
import { nativeKzg } from '../../src/starknet/kzg/native-kzg.ts';
import { parseOsOutput } from '../../src/starknet/os-output.ts';
import { readPieOutput } from '../../src/starknet/pie/read-pie.ts';
import { squashRange } from '../../src/starknet/squash/squash-range.ts';
import { squashStateUpdates } from '../../src/starknet/squash/squash-state-updates.ts';
import type { StateUpdate } from '../../src/starknet/state-update.ts';
import { parseStateUpdate, stateUpdateToJson } from '../../src/starknet/state-update-json.ts';
import { batch8373665Node } from '../scripts/batch-8373665-node.ts';
import { hex } from '../starknet/recorded.ts';
import { describeWithVectors, readVector, readVectorBytes, readVectorJson } from '../vectors.ts';
import { aggregatedChildren } from './aggregated-children.ts';

/** As the recorded files are written: before there were migrated classes. */
function recordedForm(update: StateUpdate): string {
  const { state_diff, ...rest } = stateUpdateToJson(update);
  const { migrated_compiled_classes, storage_diffs, ...others } = state_diff;
  expect(migrated_compiled_classes).toEqual([]);
  return JSON.stringify({ ...rest, state_diff: { storage_diffs, ...others } }, null, 2);
}

describeWithVectors('batch 8373665: 500 blocks in two blobs, each arrow', () => {
  const folder = ['batch', '8373665'] as const;
  const range = { first: 789_878, last: 790_377 };
  const squashed = () => parseStateUpdate(readVectorJson(...folder, 'squashed.json.gz'));
  const aliased = () => parseStateUpdate(readVectorJson(...folder, 'aliased.json.gz'));
  const compressed = () => (readVectorJson(...folder, 'compressed_words.json.gz') as string[]).map(BigInt);
  const derived = () => readVectorJson(...folder, 'derived.json') as Record<'plain_words' | 'contracts', number>;

  it('500 updates -> squashed', async () => {
    const node = batch8373665Node();
    const whole = await squashRange(node, range.first, range.last);
    expect(recordedForm(whole)).toBe(readVector(...folder, 'squashed.json.gz'));
    const [update] = whole.stateDiff.storageDiffs;
    expect(update?.address).toBe(1n);
    expect(update?.entries.length).toBe(500);
  });

  it('squashed -> aliased, and back', async () => {
    const node = batch8373665Node();
    const update = squashed();
    const names = aliasLookups(update);
    expect(names.length).toBeGreaterThan(2000);
    const answers = await node.storage(
      range.first - 1,
      names.map((key) => ({ address: 2n, key })),
    );
    const aliases = aliasesOf(update, new Map(names.map((name, index) => [name, answers[index] ?? 0n])));
    const result = aliasStateUpdate(update, aliases);
    expect(recordedForm(result)).toBe(readVector(...folder, 'aliased.json.gz'));
    expect(unaliasStateUpdate(result, reverseAliases(aliases))).toEqual(update);
  });

  it('aliased -> words -> compressed -> blobs, and back', () => {
    const plain = daWords(aliased(), { layout: 'new' });
    expect(plain.length).toBe(derived().plain_words);
    const words = compressWords(plain);
    expect(words).toEqual(compressed());
    const blobs = wordsToBlobs(words, 2);
    const recorded = [1, 2].map((k) => readVectorBytes(...folder, `blob_${k}.txt`));
    expect(blobs.map(hex)).toEqual(recorded.map(hex));

    const read = readCompressedWords(recorded.flatMap(blobToWords));
    expect(read).toEqual({ words: plain, length: words.length });
    const diff = decodeDaWords(read.words, 'new');
    expect(diff.contracts.length).toBe(derived().contracts);
    expect(blockNumbersIn(diff)).toEqual(Array.from({ length: 500 }, (_, index) => range.first + index));
  });

  it('squashed -> words as one step, by the version of the blocks', async () => {
    const node = batch8373665Node();
    const encoding = daEncodingFor((await node.blockHeader(range.last)).starknetVersion);
    const encoded = await encodeStateDiffOfRange(node, squashed(), range, encoding);
    expect(encoding).toBe('stateful');
    expect(encoded.words).toEqual(compressed());
    expect(encoded.plainWords.length).toBe(derived().plain_words);
  });
});

describeWithVectors('aggregated ranges', (vectors) => {
  it('309146..309148: children -> squashed -> words -> blob -> commitment, z and y of the output', async () => {
    const pie = readFileSync(join(vectors, 'pie', 'aggregator_309146_309148.zip'));
    const { updates, before, output } = aggregatedChildren(await readPieOutput(pie));
    expect(updates.length).toBe(3);
    const update = squashStateUpdates(updates, before);
    const { words, plainWords } = encodeStateDiff(update, { encoding: daEncodingFor('0.13.3') });
    expect(blockNumbersIn(decodeDaWords(plainWords, 'new'))).toEqual([309146, 309147, 309148]);

    const settled = parseOsOutput(output);
    expect(settled).toMatchObject({
      initialRoot: update.oldRoot,
      finalRoot: update.newRoot,
      newBlockHash: update.blockHash,
    });
    const kzg = nativeKzg();
    const commitments = await Promise.all(wordsToBlobs(words, 6).map((blob) => kzg.commit(blob)));
    const z = challenge(words, commitments, 'since-0.13.2');
    expect(settled.kzg).toEqual({ z, commitments, evaluations: evaluateWords(words, z) });
  });

  it('paradex/1: children, which carry aliases already, compress to as many words as were encrypted', async () => {
    const pie = readFileSync(join(vectors, 'paradex', '1', 'aggregator_pie.zip'));
    const { updates, before, output } = aggregatedChildren(await readPieOutput(pie));
    const { words, plainWords } = encodeStateDiff(squashStateUpdates(updates, before), { encoding: 'stateless' });
    expect(blockNumbersIn(decodeDaWords(plainWords, 'new'))).toEqual([490000, 490001]);
    expect(output).toEqual((readVectorJson('paradex', '1', 'program_output.json') as string[]).map(BigInt));
    // In front of the encrypted words: the number of keys, the public keys, and the encrypted symmetric ones.
    const segment = (readVectorJson('paradex', '1', 'da_segment.json') as string[]).map(BigInt);
    expect(words.length).toBe(segment.length - 1 - 2 * Number(segment[0]));
    expect(decompressWords(words)).toEqual(plainWords);
  });
});
