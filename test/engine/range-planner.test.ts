import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { MemoryJobStore } from '../../src/database/memory/memory-job-store.ts';
import { OrchestratorError } from '../../src/errors/orchestrator-error.ts';
import { createJob } from '../../src/jobs/create-job.ts';
import { type BlockRange, rangeOf } from '../../src/jobs/job.ts';
import { defaultPolicies } from '../../src/jobs/job-policy.ts';
import { Planner } from '../../src/jobs/planner.ts';
import { type BlockSizes, RangePlanner, type RangeSettings, singleBlocks } from '../../src/jobs/range-planner.ts';
import { MAX_RANGE_MESSAGES, type MessageSize } from '../../src/starknet/message-size.ts';
import { silentLog } from '../../src/telemetry/log.ts';
import { VirtualClock } from '../virtual-clock.ts';

const NOW = 1_700_000_000_000;

interface Chain {
  /** Words of each block when published alone; squashing halves what two share. */
  readonly words?: (block: number) => number;
  readonly messages?: (block: number) => MessageSize;
  readonly version?: (block: number) => string;
  readonly madeAt?: (block: number) => number;
}

function sizesOf({
  words = () => 100,
  messages = () => ({ words: 0, gas: 0 }),
  version = () => '0.13.5',
  madeAt = () => NOW,
}: Chain): BlockSizes & { exact: number } {
  const sizes = {
    exact: 0,
    header: (block: number) =>
      Promise.resolve({ starknetVersion: version(block), timestamp: Math.floor(madeAt(block) / 1000) }),
    wordBound: (block: number) => Promise.resolve(2 * words(block)),
    encodedBound: (words: number) => words + 1,
    messages: (block: number) => Promise.resolve(messages(block)),
    words: ({ first, last }: BlockRange) => {
      sizes.exact += 1;
      let sum = 0;
      for (let block = first; block <= last; block += 1) sum += words(block);
      return Promise.resolve(sum);
    },
  };
  return sizes;
}

function plannerOf(chain: Chain, settings: Partial<RangeSettings> = {}, warnings: string[] = []) {
  const clock = new VirtualClock({ start: NOW });
  const sizes = sizesOf(chain);
  const log = { ...silentLog, warn: (_: object, message: string) => void warnings.push(message) };
  const limits = { maxBlocks: 10, maxAgeMs: 60_000, maxWords: 24_561, ...settings };
  return { clock, sizes, planner: new RangePlanner({ sizes, clock, log, settings: limits }) };
}

const blocks = (ranges: readonly BlockRange[]) => ranges.map(({ first, last }) => `${first}..${last}`);

describe('ranges of blocks', () => {
  it('are single blocks by default', async () => {
    expect(blocks(await singleBlocks.rangesOf({ first: 3, last: 5, final: false }))).toEqual(['3..3', '4..4', '5..5']);
    const { planner } = plannerOf({}, { maxBlocks: 1 });
    expect(blocks(await planner.rangesOf({ first: 3, last: 5, final: false }))).toEqual(['3..3', '4..4', '5..5']);
  });

  it('close at the largest number of blocks; what is left stays open', async () => {
    const { planner } = plannerOf({});
    expect(blocks(await planner.rangesOf({ first: 5, last: 29, final: false }))).toEqual(['5..14', '15..24']);
  });

  it('close when no further block will come', async () => {
    const { planner } = plannerOf({});
    expect(blocks(await planner.rangesOf({ first: 5, last: 17, final: true }))).toEqual(['5..14', '15..17']);
  });

  it('close where the Starknet version changes', async () => {
    const { planner } = plannerOf({ version: (block) => (block < 8 ? '0.13.5' : '0.14.0') });
    expect(blocks(await planner.rangesOf({ first: 5, last: 17, final: false }))).toEqual(['5..7', '8..17']);
  });

  it('close on time though no block follows, by the age of the first block', async () => {
    const { planner, clock } = plannerOf({ madeAt: (block) => NOW + block * 1_000 });
    const available = { first: 0, last: 3, final: false };
    expect(await planner.rangesOf(available)).toEqual([]);
    await clock.advance(59_000);
    expect(await planner.rangesOf(available)).toEqual([]);
    await clock.advance(1_000);
    expect(blocks(await planner.rangesOf(available))).toEqual(['0..3']);
  });

  it('close on time even when the chain lives in the future', async () => {
    const { planner, clock } = plannerOf({ madeAt: () => NOW + 10 * 86_400_000 });
    const available = { first: 0, last: 3, final: false };
    expect(await planner.rangesOf(available)).toEqual([]);
    await clock.advance(60_000);
    expect(blocks(await planner.rangesOf(available))).toEqual(['0..3']);
  });

  it('close where the blobs are full, found by exact sizes only when the cheap bound does not tell', async () => {
    const roomy = plannerOf({ words: () => 100 }, { maxWords: 2_001 });
    expect(blocks(await roomy.planner.rangesOf({ first: 0, last: 9, final: false }))).toEqual(['0..9']);
    expect(roomy.sizes.exact).toBe(0);
    const tight = plannerOf({ words: () => 100 }, { maxWords: 750 });
    expect(blocks(await tight.planner.rangesOf({ first: 0, last: 19, final: true }))).toEqual([
      '0..6',
      '7..13',
      '14..19',
    ]);
    expect(tight.sizes.exact).toBeGreaterThan(0);
  });

  it('hold an oversized block by itself, and say so', async () => {
    const warnings: string[] = [];
    const { planner } = plannerOf({ words: (block) => (block === 2 ? 5_000 : 100) }, { maxWords: 750 }, warnings);
    expect(blocks(await planner.rangesOf({ first: 0, last: 5, final: true }))).toEqual(['0..1', '2..2', '3..5']);
    expect(warnings).toHaveLength(1);
  });

  it('close before a block whose messages would not fit into the transaction, by their words or by their gas', async () => {
    const byWords = plannerOf({ messages: () => ({ words: 1_000, gas: 0 }) });
    expect(blocks(await byWords.planner.rangesOf({ first: 0, last: 7, final: true }))).toEqual([
      '0..2',
      '3..5',
      '6..7',
    ]);
    const byGas = plannerOf({ messages: () => ({ words: 0, gas: 6_000_000 }) });
    expect(blocks(await byGas.planner.rangesOf({ first: 0, last: 4, final: true }))).toEqual(['0..1', '2..3', '4..4']);
  });

  it('hold a block with too many messages by itself, and say so', async () => {
    const warnings: string[] = [];
    const tooMany = { words: MAX_RANGE_MESSAGES.words + 1, gas: 0 };
    const messages = (block: number) => (block === 2 ? tooMany : { words: 1, gas: 1 });
    const { planner } = plannerOf({ messages }, {}, warnings);
    expect(blocks(await planner.rangesOf({ first: 0, last: 5, final: true }))).toEqual(['0..1', '2..2', '3..5']);
    expect(warnings).toEqual([expect.stringMatching(/single block has more messages/)]);
  });

  it.each<[string, Chain]>([
    ['data', { words: () => 5_000 }],
    ['messages', { messages: () => ({ words: MAX_RANGE_MESSAGES.words + 1, gas: 0 }) }],
  ])('close at once, told of once, over a newest block with too much of %s for any range', async (_, chain) => {
    const warnings: string[] = [];
    const { planner } = plannerOf(chain, { maxWords: 750 }, warnings);
    expect(blocks(await planner.rangesOf({ first: 4, last: 4, final: false }))).toEqual(['4..4']);
    expect(warnings).toHaveLength(1);
  });

  it('leave a block that cannot be encoded to its own job, and wait while a node does not answer', async () => {
    const broken = plannerOf({}, { maxWords: 100 });
    broken.sizes.words = () => Promise.reject(new OrchestratorError('STATE_UPDATE_INVALID', 'no'));
    expect(blocks(await broken.planner.rangesOf({ first: 0, last: 1, final: true }))).toEqual(['0..0', '1..1']);
    const down = plannerOf({}, { maxWords: 100 });
    down.sizes.words = () =>
      Promise.reject(new OrchestratorError('NODE_UNREACHABLE', 'no', { retry: 'dependency-down' }));
    await expect(down.planner.rangesOf({ first: 0, last: 1, final: true })).rejects.toThrow('no');
  });
});

describe('two planners that group differently', () => {
  it('never make ranges that overlap, however their passes interleave', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.record({ planner: fc.nat(1), head: fc.integer({ min: 0, max: 60 }) }), { maxLength: 20 }),
        async (passes) => {
          const store = new MemoryJobStore();
          let head = 0;
          const planners = [3, 7].map((maxBlocks, index) => plannerOn(store, maxBlocks, index, () => head));
          for (const pass of passes) {
            head = Math.max(head, pass.head);
            // The other one begins its pass before this one has ended it.
            await Promise.all([planners[pass.planner]?.planBlocks(), planners[1 - pass.planner]?.planBlocks()]);
          }
          const ranges = (await store.list({ types: ['SnosRun'], limit: 1_000 })).map(rangeOf);
          let next = 0;
          for (const { first, last } of ranges) {
            expect(first).toBe(next);
            next = last + 1;
          }
        },
      ),
      { numRuns: 200 },
    );
  });

  function plannerOn(store: MemoryJobStore, maxBlocks: number, index: number, head: () => number): Planner {
    const { planner: ranges } = plannerOf({ madeAt: () => 0 }, { maxBlocks });
    let ids = 0;
    return new Planner({
      store,
      ranges,
      create: async (jobs, options) => {
        const documents = jobs.map((job) => createJob(job, NOW, '0.1.0', defaultPolicies().SnosRun));
        return (await store.insert(documents, options)).filter(({ kind }) => kind === 'inserted').length;
      },
      apply: () => Promise.resolve(false),
      chain: { head: () => Promise.resolve(head()), position: () => Promise.resolve(-1) },
      entropy: { random: () => 0.5, uuid: () => `${index}-${ids++}` },
      log: silentLog,
      settings: { bufferSize: 1_000, minBlock: 0, maxBlock: 1_000 },
    });
  }
});
