import { describe, expect, it } from '@jest/globals';
import { parseOsOutput } from '../../../src/starknet/os-output.ts';
import { decodeProgramOutput } from '../../../src/starknet/program-output-file.ts';
import { failureOf } from '../fakes/errors.ts';
import { hashOf, rootOf, smallChain, wideWrites } from '../fakes/fake-chain.ts';
import { work } from '../fakes/jobs.ts';
import { pipeline } from '../fakes/pipeline.ts';

const RANGE = { first: 0, last: 2 };

describe('a range of blocks, stage by stage', () => {
  it('makes one output from the state before the first block to that after the last', async () => {
    const { objects, handlers, snosDone } = pipeline();
    const job = await snosDone(RANGE);
    const output = parseOsOutput(decodeProgramOutput(await objects.get('0/program_output.txt')));
    expect(output).toMatchObject({
      initialRoot: 0n,
      finalRoot: rootOf(2),
      prevBlockNumber: -1,
      newBlockNumber: 2,
      prevBlockHash: 0n,
      newBlockHash: hashOf(2),
    });
    expect(job.metadata.specific).toMatchObject({ start_block: 0, end_block: 2, end_block_hash: '0xb10c0002' });
    expect(await handlers.snos.verify(job, work())).toEqual({ kind: 'verified' });
  });

  it('carries the messages of all blocks in block order', async () => {
    const chain = smallChain();
    chain.change(0, () => ({
      messages: { toL1: [{ from: 1n, to: 2n, payload: [0n] }], toL2: [], assumed: false },
    }));
    chain.change(2, () => ({
      messages: { toL1: [{ from: 1n, to: 2n, payload: [2n] }], toL2: [], assumed: false },
    }));
    const { objects, snosDone } = pipeline({ chain });
    await snosDone(RANGE);
    const output = parseOsOutput(decodeProgramOutput(await objects.get('0/program_output.txt')));
    expect(output.messagesToL1.map(({ payload }) => payload)).toEqual([[0n], [1n, 2n], [], [2n]]);
    expect(output.messagesToL2.length).toBe(1);
  });

  it('is submitted as one state update', async () => {
    const { handlers, settlement, stateTransitionJob } = pipeline();
    const job = await stateTransitionJob(RANGE);
    expect(await handlers.stateTransition.process(job, work())).toMatchObject({ kind: 'submitted' });
    const [update] = settlement.submitted;
    expect(update).toMatchObject({ firstBlock: 0, lastBlock: 2 });
    expect(update?.blobs.length).toBe(1);
    expect(parseOsOutput(update?.programOutput ?? [])).toMatchObject({ prevBlockNumber: -1, newBlockNumber: 2 });
  });

  it('travels in as many blobs as it needs', async () => {
    const chain = smallChain();
    chain.change(1, ({ update }) => ({
      update: {
        ...update,
        stateDiff: { ...update.stateDiff, storageDiffs: [...update.stateDiff.storageDiffs, wideWrites(4_100)] },
      },
    }));
    const { handlers, settlement, stateTransitionJob } = pipeline({ chain });
    const job = await stateTransitionJob(RANGE);
    await handlers.stateTransition.process(job, work());
    expect(settlement.submitted[0]?.blobs.length).toBe(2);
  });

  it('makes lost blobs anew when it is settled', async () => {
    const { handlers, objects, settlement, stateTransitionJob } = pipeline();
    const job = await stateTransitionJob(RANGE);
    const before = Buffer.from(await objects.get('0/blob_data.txt'));
    await objects.delete('0/blob_data.txt');
    expect(await handlers.stateTransition.process(job, work())).toMatchObject({ kind: 'submitted' });
    expect(before.equals(settlement.submitted[0]?.blobs[0] ?? Buffer.alloc(0))).toBe(true);
  });

  it('writes what the last block leaves, once', async () => {
    const chain = smallChain();
    for (const block of [0, 1, 2]) {
      chain.change(block, ({ update }) => ({
        update: {
          ...update,
          stateDiff: {
            ...update.stateDiff,
            storageDiffs: [...update.stateDiff.storageDiffs, wideWrites(4_200)],
          },
        },
      }));
    }
    const { handlers, settlement, stateTransitionJob } = pipeline({ chain });
    await handlers.stateTransition.process(await stateTransitionJob(RANGE), work());
    expect(settlement.submitted[0]?.blobs.length).toBe(2);
  });
});

describe('a range of blocks that is none', () => {
  it('refuses a block inside that does not follow the one before it, and names it', async () => {
    const { handlers, chain, objects, snosJob } = pipeline();
    chain.change(2, ({ header }) => ({ header: { ...header, parentHash: 0xbadn } }));
    const error = await failureOf(handlers.snos.process(snosJob(RANGE), work()));
    expect(error).toMatchObject({ code: 'CHAIN_BROKEN', retry: 'permanent', context: { block: 2 } });
    expect(error.message).toContain('Block 2 has the parent hash 0xbad, but block 1 has 0xb10c0001');
    expect(await objects.list('')).toEqual([]);
  });

  it('refuses a state update inside that is another block’s', async () => {
    const { handlers, chain, snosJob } = pipeline();
    chain.change(1, ({ update }) => ({ update: { ...update, blockHash: 0xbadn } }));
    const error = await failureOf(handlers.snos.process(snosJob(RANGE), work()));
    expect(error).toMatchObject({ code: 'CHAIN_BROKEN', context: { block: 1, what: 'block hash' } });
  });

  it('refuses a first block that does not continue what was recorded', async () => {
    const { handlers, snosJob } = pipeline({ knownHashOf: async () => ({ hash: 0x01d5e77n, source: 'recorded' }) });
    const error = await failureOf(handlers.snos.process(snosJob({ first: 1, last: 2 }), work()));
    expect(error).toMatchObject({ code: 'CHAIN_BROKEN', context: { block: 1 } });
  });

  it('refuses two Starknet versions in one range, and says where they meet', async () => {
    const { handlers, chain, objects, snosJob } = pipeline();
    chain.change(2, ({ header }) => ({ header: { ...header, starknetVersion: '0.13.6' } }));
    const error = await failureOf(handlers.snos.process(snosJob(RANGE), work()));
    expect(error).toMatchObject({ code: 'VERSION_UNSUPPORTED', retry: 'permanent', context: { first: 0, block: 2 } });
    expect(error.message).toContain('"0.13.5" and block 2 of "0.13.6"');
    expect(await objects.list('')).toEqual([]);
  });

  it('waits when a block of it is not there yet', async () => {
    const { handlers, snosJob } = pipeline();
    expect(await handlers.snos.process(snosJob({ first: 1, last: 3 }), work())).toMatchObject({ kind: 'deferred' });
  });

  it('trusts the runner with messages as soon as the node cannot list those of one block', async () => {
    const chain = smallChain();
    chain.change(2, () => ({ messages: { toL1: [], toL2: [], assumed: true } }));
    const { snosDone } = pipeline({
      chain,
      // A runner that knows more messages than the node; only an assumed list lets it pass.
      runner: (honest) => ({
        run: async (request) => {
          chain.change(2, () => ({
            messages: { toL1: [{ from: 1n, to: 2n, payload: [] }], toL2: [], assumed: true },
          }));
          return honest.run(request);
        },
      }),
    });
    expect((await snosDone(RANGE)).status).toBe('PendingVerification');
  });
});

describe('how the diff is encoded', () => {
  const wordsOf = async (options: Parameters<typeof pipeline>[0]) => {
    const { objects, daDone } = pipeline(options);
    await daDone(1);
    return Buffer.from(await objects.get('1/blob_data.txt')).toString('hex');
  };

  it.each([
    ['0.13.5', 'stateful'],
    ['0.13.4', 'stateful'],
    ['0.13.3', 'stateless'],
    ['0.13.2', 'old'],
  ] as const)('a block of %s is settled %s unless told otherwise', async (starknetVersion, daEncoding) => {
    const chain = () => {
      const blocks = smallChain();
      blocks.change(1, ({ header }) => ({ header: { ...header, starknetVersion } }));
      return blocks;
    };
    const chosen = await wordsOf({ chain: chain() });
    expect(chosen).toBe(await wordsOf({ chain: chain(), daEncoding }));
    expect(chosen).not.toBe(await wordsOf({ chain: chain(), daEncoding: 'new' }));
  });
});
