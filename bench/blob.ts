/** Prints the time of words -> blob and blob -> words, raw: one line a sample, then fastest, median and slowest. */
import { blobToWords, WORDS_PER_BLOB, wordsToBlob } from '../src/starknet/blob.ts';
import { FELT_PRIME } from '../src/starknet/felt.ts';

const samples = 25;
let state = 0x9e3779b97f4a7c15n;
const words = Array.from({ length: WORDS_PER_BLOB }, () => {
  state = (state * 0x5851f42d4c957f2d14057b7ef767814fn + 0x14057b7ef767814fn) % FELT_PRIME;
  return state;
});

const forward: number[] = [];
const inverse: number[] = [];
let blob = wordsToBlob(words);
blobToWords(blob);
for (let i = 0; i < samples; i++) {
  const start = performance.now();
  blob = wordsToBlob(words);
  const middle = performance.now();
  const back = blobToWords(blob);
  const end = performance.now();
  if (back.some((word, index) => word !== words[index])) throw new Error('the round trip changed a word');
  forward.push(middle - start);
  inverse.push(end - middle);
  console.log(`sample ${i}: forward ${(middle - start).toFixed(2)} ms, inverse ${(end - middle).toFixed(2)} ms`);
}
for (const [name, values] of [
  ['forward', forward],
  ['inverse', inverse],
] as const) {
  const sorted = values.toSorted((a, b) => a - b);
  const at = (share: number) => (sorted[Math.floor(share * (samples - 1))] ?? Number.NaN).toFixed(2);
  console.log(`${name}: fastest ${at(0)} ms, median ${at(0.5)} ms, slowest ${at(1)} ms a blob (${samples} samples)`);
}
