import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { encodeAbiParameters, encodePacked, keccak256 } from 'viem';
import { sharpFact, sharpFactOfPages, stateTransitionFact } from '../../src/starknet/fact.ts';
import { factTreeRoot } from '../../src/starknet/fact-tree.ts';
import { toHex32 } from '../../src/starknet/felt.ts';
import { readPieOutput } from '../../src/starknet/pie/small-pie.ts';
import { describeWithVectors, readVectorJson, vectorsDir } from '../vectors.ts';
import { expectCode } from './expect-code.ts';

const output = [1n, 2n, 1n << 250n];

describe('fact', () => {
  it('is what the core contract computes', () => {
    const stateFact = keccak256(encodePacked(['uint256[]'], [output]));
    expect(stateTransitionFact(output)).toBe(stateFact);
    expect(sharpFact(0xabcn, output)).toBe(
      keccak256(encodeAbiParameters([{ type: 'uint256' }, { type: 'bytes32' }], [0xabcn, stateFact])),
    );
  });

  it('of one page is that of the whole output', () => {
    expect(sharpFactOfPages(0xabcn, output, [3], [1, 0])).toBe(sharpFact(0xabcn, output));
  });

  it.each<[string, number[], number[]]>([
    ['has 0 numbers', [3], []],
    ['not pairs', [3], [1]],
    ['more than the 1 pages', [3], [2, 0]],
    ['takes 1 of 2 pages', [2, 1], [1, 0]],
    ['cover 2 of 3 words', [2], [1, 0]],
    ['leaves the output', [4], [1, 0]],
    ['leaves the output', [0], [1, 0]],
    ['ends in 2 nodes', [2, 1], [2, 0]],
    ['ends in 0 nodes', [], [0, 0]],
    ['joins 2 nodes where there are 1', [3], [1, 2]],
  ])('is refused for a tree that %s', async (text, pageSizes, tree) => {
    await expectCode('OUTPUT_INVALID', text, () => factTreeRoot(output, pageSizes, tree));
  });
});

describeWithVectors('recorded facts', (dir) => {
  it('cases of trees with several pages', () => {
    const cases = readVectorJson('cases', 'fact_merkle.json') as {
      output: number[];
      tree: number[];
      page_sizes: number[];
      root: string;
    }[];
    expect(cases.length).toBeGreaterThan(0);
    for (const { output: words, tree, page_sizes, root } of cases)
      expect(toHex32(factTreeRoot(words.map(BigInt), page_sizes, tree))).toBe(root);
  });

  it('outputs of recorded PIEs', async () => {
    const facts = readVectorJson('pie', 'facts.json') as {
      file: string;
      aggregator: boolean;
      program_hash: string;
      output_words_total: number;
      output_words_hashed: number;
      fact: string;
    }[];
    for (const { file, aggregator, program_hash, output_words_total, output_words_hashed, fact } of facts) {
      const words = await readPieOutput(readFileSync(join(vectorsDir ?? dir, file)));
      expect(words.length).toBe(output_words_total);
      const hashed = aggregator ? withoutInputs(words) : words;
      expect(hashed.length).toBe(output_words_hashed);
      expect(sharpFact(BigInt(program_hash), hashed)).toBe(fact);
    }
  });
});

/** An aggregator repeats its inputs first: their number, then each with its own size as first word. Zeros may follow the result. */
function withoutInputs(words: readonly bigint[]): bigint[] {
  let start = 1;
  for (let task = 0n; task < (words[0] ?? 0n); task++) start += Number(words[start]);
  const messages = start + 12 + 4 * Number(words[start + 11]);
  const afterL1 = messages + 1 + Number(words[messages]);
  return words.slice(start, afterL1 + 1 + Number(words[afterL1]));
}
