import { describe, expect, it } from '@jest/globals';
import { keccak_256 } from '@noble/hashes/sha3.js';
import { poseidonHashMany } from '@scure/starknet';
import { asAggregatorOutput, parseAggregatorOutput } from '../../src/starknet/aggregator-output.ts';
import { stateTransitionFactWithData } from '../../src/starknet/fact.ts';
import { outputLayout } from '../../src/starknet/fact-pages.ts';
import { factTreeRoot } from '../../src/starknet/fact-tree.ts';
import { FELT_PRIME, fromBytes, packWords, toHex32 } from '../../src/starknet/felt.ts';
import { BOOTLOADER_PROGRAM_HASH, poseidonFact } from '../../src/starknet/poseidon-fact.ts';
import { expectCode } from '../starknet/expect-code.ts';

const TREE = [2, 1, 0, 2];
const page = (id: number, start: number, size: number) => ({ id, start, size });

describe('pages of an output', () => {
  it('are the part before page 1 and the pages', () => {
    expect(outputLayout(23, [page(1, 12, 11)], TREE)).toEqual({ pageSizes: [12, 11], tree: TREE });
    expect(outputLayout(9, [page(1, 2, 3), page(2, 5, 4)], TREE).pageSizes).toEqual([2, 3, 4]);
    expect(outputLayout(9, [], undefined)).toEqual({ pageSizes: [9], tree: [1, 0] });
  });

  it.each<[string, ReturnType<typeof page>[]]>([
    ['OutputPagesUnexpectedId', [page(2, 5, 4)]],
    ['OutputPagesUnexpectedId', [page(1, 5, 2), page(3, 7, 2)]],
    ['OutputPagesInvalidStart', [page(1, 0, 9)]],
    ['OutputPagesInvalidStart', [page(1, 9, 1)]],
    ['OutputPagesUnexpectedStart', [page(1, 5, 2), page(2, 8, 1)]],
    ['OutputPagesInvalidSize', [page(1, 5, 0)]],
    ['OutputPagesInvalidSize', [page(1, 5, 9)]],
    ['OutputPagesUncoveredOutput', [page(1, 5, 3)]],
  ])('are refused as %s', async (reason, pages) => {
    const error = await expectCode('PIE_INVALID', 'pages', () => outputLayout(9, pages, TREE));
    expect(error.context.reason).toBe(reason);
  });

  it('have a root of two levels that the core contract computes as well when data is in the call data', () => {
    const words = Array.from({ length: 23 }, (_, i) => BigInt(i + 5));
    const data = fromBytes(keccak_256(packWords(words.slice(12))));
    const dataNode = fromBytes(keccak_256(packWords([data, 23n]))) + 1n;
    expect(stateTransitionFactWithData(words.slice(0, 12), dataNode, 11)).toBe(
      toHex32(factTreeRoot(words, [12, 11], TREE)),
    );
  });

  it.each<[string, number[], number[]]>([
    ['TreeStructureEmpty', [3], []],
    ['TreeStructureLenOdd', [3], [1]],
    ['TreeStructurePagesCountOutOfRange', [3], [2, 0]],
    ['TreeStructureNodesCountOutOfRange', [3], [1, 2]],
    ['TreeStructureRootInvalid', [2, 1], [2, 0]],
    ['TreeStructurePagesNotProcessed', [2, 1], [1, 0]],
    ['TreeStructureEndOffsetInvalid', [4], [1, 0]],
    ['TreeStructureRootOffsetInvalid', [2], [1, 0]],
  ])('have no root: %s', async (reason, sizes, tree) => {
    const error = await expectCode('OUTPUT_INVALID', 'pages', () => factTreeRoot([1n, 2n, 3n], sizes, tree));
    expect(error.context.reason).toBe(reason);
  });

  it('are refused with data pages of no size', async () => {
    const error = await expectCode('OUTPUT_INVALID', 'data pages', () => stateTransitionFactWithData([1n], 2n, 0));
    expect(error.context.reason).toBe('OnChainDataCompute');
  });
});

describe('output of an aggregator', () => {
  const result = [5n, 6n, 9n, 10n, 7n, 8n, 11n, 12n, 1n, 0n, 13n, 1n, 14n, 15n, 16n, 17n, 4n, 1n, 2n, 1n, 3n, 0n];
  const tasks = [2n, 4n, 11n, 50n, 51n, 3n, 11n, 60n];

  it('is taken apart, with zeros behind it or not', () => {
    const expected = {
      tasks: [
        { programHash: 11n, output: [50n, 51n] },
        { programHash: 11n, output: [60n] },
      ],
      result,
    };
    expect(parseAggregatorOutput([...tasks, ...result])).toEqual(expected);
    expect(asAggregatorOutput([...tasks, ...result, 0n, 0n])).toEqual(expected);
  });

  it('is told from other outputs', () => {
    expect(asAggregatorOutput(result)).toBeUndefined();
    expect(asAggregatorOutput([0x59n])).toBeUndefined();
    expect(asAggregatorOutput([0n, ...result])).toBeUndefined();
    expect(asAggregatorOutput([...tasks.with(2, 12n), ...result])).toBeUndefined();
  });

  it.each<[string, bigint[]]>([
    ['AggregatorOutputParsingError', []],
    ['AggregatorOutputParsingError', [...tasks, ...result, 1n]],
    ['AggregatorOutputParsingError', [...tasks, ...result].slice(0, -1)],
    ['AggregatorOutputParsingError', [...tasks.with(1, 1n), ...result]],
    ['AggregatorOutputParsingError', [...tasks, ...result.with(8, 0n)]],
    ['FeltToUsizeConversionError', [...tasks.with(0, 1n << 200n), ...result]],
    ['FeltToUsizeConversionError', [...tasks, ...result.with(11, 1n << 70n)]],
  ])('is refused as %s', async (reason, words) => {
    const error = await expectCode('OUTPUT_INVALID', 'aggregator', () => parseAggregatorOutput(words));
    expect(error.context.reason).toBe(reason);
  });
});

describe('fact for a core contract on Starknet', () => {
  it('hashes the output of the bootloader, which frames that of the program', () => {
    const framed = [1n, 5n, 0xabcn, 7n, 8n, 9n];
    const expected = BigInt(poseidonHashMany([BOOTLOADER_PROGRAM_HASH, BigInt(poseidonHashMany(framed))]));
    expect(poseidonFact(0xabcn, [7n, 8n, 9n])).toBe(expected);
    expect(poseidonFact(0xabdn, [7n, 8n, 9n])).not.toBe(expected);
  });

  it('is refused for what is no felt', async () => {
    const error = await expectCode('OUTPUT_INVALID', 'field prime', () => poseidonFact(1n, [FELT_PRIME]));
    expect(error.context.reason).toBe('L2FactCompute');
  });
});
