/**
 * Time of the parts between state updates and blobs, raw: `node bench/da/main.ts`. Data are made here, so that any
 * machine can repeat it; sizes are those of 500 Sepolia blocks.
 */
import { WORDS_PER_BLOB, wordsToBlob } from '../../src/starknet/blob.ts';
import { aliasesOf, aliasStateUpdate } from '../../src/starknet/compression/aliases.ts';
import { compressWords, decompressWords } from '../../src/starknet/compression/stateless-compression.ts';
import { daWords } from '../../src/starknet/da-words.ts';
import { encodeStateDiff } from '../../src/starknet/encode-state-diff.ts';
import { squashStateUpdates } from '../../src/starknet/squash/squash-state-updates.ts';
import { measure } from './measure.ts';
import { chainOf, rangeWords } from './workload.ts';

const SAMPLES = 15;

const words = rangeWords();
const compressed = compressWords(words);
console.log(`${words.length} words, ${compressed.length} compressed`);
measure('compress', SAMPLES, () => compressWords(words));
measure('decompress', SAMPLES, () => decompressWords(compressed));

const chain = chainOf(500, 30);
const existed = { classHash: () => 1n, storage: () => 0n };
const squashed = squashStateUpdates(chain.updates, existed);
console.log(
  `500 blocks, ${squashed.stateDiff.storageDiffs.reduce((sum, { entries }) => sum + entries.length, 0)} writes after squash`,
);
measure('squash of 500 blocks', SAMPLES, () => squashStateUpdates(chain.updates, existed));
measure('aliases of 500 blocks', SAMPLES, () => aliasStateUpdate(squashed, aliasesOf(squashed, chain.aliases)));

const oneBlob = chainOfOneBlob();
const published = encodeStateDiff(oneBlob.update, { encoding: 'stateful', aliasesBefore: oneBlob.aliases }).words;
console.log(`one blob: ${published.length} words compressed`);
measure('words of one blob', SAMPLES, () => daWords(oneBlob.update, { layout: 'new' }));
measure('transform of one blob', SAMPLES, () => wordsToBlob(published));
measure('one blob: aliases, words, compression, their inverses, transform', SAMPLES, () => {
  wordsToBlob(encodeStateDiff(oneBlob.update, { encoding: 'stateful', aliasesBefore: oneBlob.aliases }).words);
});

/** The longest squashed range of small blocks whose words fill one blob and no more. */
function chainOfOneBlob() {
  const { updates, aliases } = chainOf(400, 30);
  let [fits, tooMany] = [1, updates.length];
  const encode = (blocks: number) => {
    const update = squashStateUpdates(updates.slice(0, blocks), existed);
    return { update, count: encodeStateDiff(update, { encoding: 'stateful', aliasesBefore: aliases }).words.length };
  };
  while (tooMany - fits > 1) {
    const middle = Math.floor((fits + tooMany) / 2);
    if (encode(middle).count <= WORDS_PER_BLOB) fits = middle;
    else tooMany = middle;
  }
  return { update: encode(fits).update, aliases };
}
