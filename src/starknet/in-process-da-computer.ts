import { wordsToBlobs } from './blob.ts';
import { evaluateWords } from './challenge.ts';
import type { DaComputer } from './da-computer.ts';
import { encodeStateDiff } from './encode-state-diff.ts';
import { packWords } from './felt.ts';
import { unpackWords } from './packed-words.ts';
import { wordsHash } from './words-hash.ts';

/** Computes where it is called; the event loop stands still meanwhile. */
export const inProcessDaComputer: DaComputer = {
  encode: async (update, inputs) => {
    const { encoding, words } = encodeStateDiff(update, inputs);
    return { encoding, words: packWords(words) };
  },
  blobs: async (words, maxBlobs) => wordsToBlobs(unpackWords(words), maxBlobs),
  wordsHash: async (words) => wordsHash(unpackWords(words)),
  evaluate: async (words, z) => evaluateWords(unpackWords(words), z),
};
