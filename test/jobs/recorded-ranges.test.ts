import { afterAll, expect, it } from '@jest/globals';
import { readBlockFacts } from '../../src/starknet/block-facts.ts';
import { WorkerDaComputer } from '../../src/starknet/compute/worker-da-computer.ts';
import { daSection } from '../../src/starknet/da-section.ts';
import { expectedOutput } from '../../src/starknet/expected-output.ts';
import { nativeKzg } from '../../src/starknet/kzg/native-kzg.ts';
import { encodeOsOutput, parseOsOutput } from '../../src/starknet/os-output.ts';
import { decodeProgramOutput } from '../../src/starknet/program-output-file.ts';
import { readRangeMessages } from '../../src/starknet/range-messages.ts';
import { encodedWordBound, encodedWordCount, plainWordBound } from '../../src/starknet/range-size.ts';
import { batch8373665Node } from '../scripts/batch-8373665-node.ts';
import { describeWithVectors, readVector, readVectorBytes } from '../vectors.ts';
import { work } from './fakes/jobs.ts';
import { pipeline } from './fakes/pipeline.ts';
import { withLaterState } from './fakes/with-later-state.ts';

const FIRST = 789_878;
const LAST = 790_377;
const computer = new WorkerDaComputer({ threads: 2 });
afterAll(() => computer.close());

const settledWords = () =>
  readVector('batch', '8373665', 'program_output.txt')
    .split(/\s+/)
    .map((word) => BigInt(`0x${word}`));

describeWithVectors('500 Sepolia blocks that were settled together', () => {
  it('as one range have the published blobs, and the roots, numbers, hash, z, commitments and y of the output', async () => {
    const node = batch8373665Node();
    const range = { first: FIRST, last: LAST };
    const facts = await readBlockFacts(node, range, { computer });
    const section = await daSection(facts.words, nativeKzg(), 2, computer);
    const published = [1, 2].map((k) => readVectorBytes('batch', '8373665', `blob_${k}.txt`));
    expect(section.blobs.map(hex)).toEqual(published.map(hex));

    const output = expectedOutput(facts, section, await readRangeMessages(node, range), {
      configHash: 1n,
      osProgramHash: 2n,
    });
    const words = encodeOsOutput(output);
    const settled = settledWords();
    expect(words.length).toBe(settled.length);
    // Word 4 is what the data was completed with, 6 and 7 belong to the program that was run.
    const own = [6, 7];
    expect(words.map((word, i) => (own.includes(i) ? 0n : word))).toEqual(
      settled.map((word, i) => (own.includes(i) ? 0n : word)),
    );
  });

  it('count as many words as they publish, within the bound of their blocks', async () => {
    const node = batch8373665Node();
    const count = await encodedWordCount(node, { first: FIRST, last: FIRST + 99 }, undefined, computer);
    const { words } = await readBlockFacts(node, { first: FIRST, last: FIRST + 99 }, { computer });
    expect(count).toBe(words.length / 32);
    let plain = 0;
    for (let block = FIRST; block < FIRST + 100; block++) plain += plainWordBound(await node.stateUpdate(block));
    expect(encodedWordBound(plain)).toBeGreaterThan(count);
  });

  it('settle as ranges of up to 100 blocks, each going on where the one before ended', async () => {
    const chain = await withLaterState(batch8373665Node(), FIRST, LAST);
    const { handlers, objects, settlement, stateTransitionJob } = pipeline({
      chain,
      computer,
      knownHashOf: async (block) => {
        const hash = settledWords()[4];
        return block === FIRST - 1 && hash !== undefined ? { hash, source: 'contract' } : undefined;
      },
    });
    const ranges = [
      { first: FIRST, last: FIRST + 99 },
      { first: FIRST + 100, last: FIRST + 199 },
      { first: FIRST + 200, last: FIRST + 236 },
    ];
    settlement.included = {
      blockNumber: FIRST - 1,
      root: settledWords()[0] ?? 0n,
      blockHash: settledWords()[4] ?? 0n,
    };
    for (const range of ranges) {
      const job = await stateTransitionJob(range);
      expect(await handlers.stateTransition.process(job, work())).toMatchObject({ kind: 'submitted' });
      const output = parseOsOutput(decodeProgramOutput(await objects.get(`${range.first}/program_output.txt`)));
      expect(output.prevBlockNumber).toBe(settlement.included.blockNumber);
      expect(output.newBlockNumber).toBe(range.last);
      expect(output.initialRoot).toBe(settlement.included.root);
      settlement.included = { blockNumber: range.last, root: output.finalRoot, blockHash: output.newBlockHash };
    }
    expect(settlement.included.root).toBe((await chain.stateUpdate(FIRST + 236)).newRoot);
    expect(settlement.submitted.map(({ blobs }) => blobs.length)).toEqual([1, 1, 1]);
  });

  it('settle one by one with aliases and compressed', async () => {
    const chain = await withLaterState(batch8373665Node(), FIRST, LAST);
    const { handlers, objects, daDone } = pipeline({ chain, computer });
    const job = await daDone(FIRST + 7);
    expect(await handlers.da.verify(job, work())).toEqual({ kind: 'verified' });
    const { encoding, words } = await readBlockFacts(chain, { first: FIRST + 7, last: FIRST + 7 });
    expect(encoding).toBe('stateful');
    const [blob] = await computer.blobs(words, 1);
    expect(hex(await objects.get(`${FIRST + 7}/blob_data.txt`))).toBe(hex(blob ?? new Uint8Array()));
  });
});

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex');
}
