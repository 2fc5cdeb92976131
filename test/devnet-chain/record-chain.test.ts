import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { GeneratedChain } from '../../src/devnet/chain/generated/generated-chain.ts';
import { openRecordedChain } from '../../src/devnet/chain/recorded-chain.ts';
import { recordChain } from '../../src/devnet/recorder/record-chain.ts';
import { OrchestratorError } from '../../src/errors/orchestrator-error.ts';
import { contractsNeedingNonce } from '../../src/starknet/da-words.ts';
import type { StarknetNode } from '../../src/starknet/starknet-node.ts';
import { failureOf } from '../starknet-rpc/instant-time.ts';
import { contentsOf, overHttp, scratchFolder } from './chain-over-http.ts';

const LATEST = 120;
const generated = (seed: string | number, starknetVersion = '0.13.5') =>
  new GeneratedChain({ seed, starknetVersion, head: () => LATEST });

/** The node, counting its look-ups and failing when told to. */
function watched(node: StarknetNode, failAt?: number): StarknetNode & { readonly asked: string[] } {
  const asked: string[] = [];
  return {
    asked,
    chainId: () => node.chainId(),
    latestBlockNumber: () => node.latestBlockNumber(),
    blockHeader: (block) => node.blockHeader(block),
    stateUpdate: async (block) => {
      if (block === failAt) throw new Error('the cable is out');
      asked.push(`update ${block}`);
      return node.stateUpdate(block);
    },
    blockMessages: (block) => node.blockMessages(block),
    nonces: (block, addresses) => node.nonces(block, addresses),
    storage: async (block, slots) => {
      asked.push(...slots.map(({ address, key }) => `${block} ${address} ${key}`));
      return node.storage(block, slots);
    },
    classHashes: (block, addresses) => node.classHashes(block, addresses),
  };
}

describe.each(['0.13.1', '0.13.5'])('a chain of %s', (version) => {
  it.each([
    [0, 12],
    [40, 63],
  ])('recorded from block %i to %i and served again answers as the original', async (from, to) => {
    const original = generated('round', version);
    await using source = await overHttp(original);
    await using folder = await scratchFolder();
    const first = join(folder.path, 'first');
    const progress: number[] = [];
    const summary = await recordChain({
      node: source.node,
      from,
      to,
      out: first,
      onProgress: ({ done }) => progress.push(done),
    });
    expect(summary).toMatchObject({
      chainId: original.chainId(),
      firstBlock: from,
      lastBlock: to,
      resumed: 0,
      recorded: to - from + 1,
      messagesUnknown: false,
    });
    expect(progress).toEqual(Array.from({ length: to - from + 1 }, (_, index) => index + 1));

    const recorded = await openRecordedChain(first);
    expect(recorded.startingPoint()).toEqual({
      blockNumber: from - 1,
      root: original.stateUpdate(from).oldRoot,
      blockHash: original.header(from).parentHash,
    });
    await using again = await overHttp(recorded);
    for (let block = from; block <= to; block++) {
      expect(await again.node.blockHeader(block)).toEqual(original.header(block));
      const update = original.stateUpdate(block);
      expect(await again.node.stateUpdate(block)).toEqual(update);
      expect(await again.node.blockMessages(block)).toEqual({ ...original.messages(block), assumed: false });

      // All that the pipeline asks about the block, or that squashing a range from it on needs.
      if (version === '0.13.1') {
        const addresses = contractsNeedingNonce(update);
        expect(await again.node.nonces(block, addresses)).toEqual(
          addresses.map((address) => original.nonce(block, address)),
        );
      }
      if (block === 0) continue;
      const written = update.stateDiff.storageDiffs.flatMap(({ address, entries }) =>
        entries.map(({ key }) => ({ address, key })),
      );
      const aliases =
        version === '0.13.1'
          ? []
          : written
              .filter(({ address }) => address > 2n)
              .flatMap(({ address, key }) => [address, key].map((value) => ({ address: 2n, key: value })));
      const slots = [...written, ...aliases];
      for (const before of new Set([from - 1, block - 1].filter((number) => number >= 0))) {
        expect(await again.node.storage(before, slots)).toEqual(
          slots.map(({ address, key }) => original.storage(before, address, key)),
        );
        const touched = [
          ...update.stateDiff.storageDiffs,
          ...update.stateDiff.replacedClasses,
          ...update.stateDiff.deployedContracts,
        ].map(({ address }) => address);
        expect(await again.node.classHashes(before, touched)).toEqual(
          touched.map((address) => original.classHash(before, address)),
        );
      }
    }

    const second = join(folder.path, 'second');
    await recordChain({ node: again.node, from, to, out: second });
    expect(await contentsOf(second)).toEqual(await contentsOf(first));
  });
});

describe('a recording that was stopped', () => {
  it.each(['a failure of the node', 'an abort'])(
    'by %s goes on where it stopped, asks nothing twice, and ends up the same',
    async (how) => {
      await using source = await overHttp(generated('stop'));
      await using folder = await scratchFolder();
      const whole = join(folder.path, 'whole');
      const parts = join(folder.path, 'parts');
      const reference = watched(source.node);
      await recordChain({ node: reference, from: 30, to: 49, out: whole });

      const stop = new AbortController();
      const before = watched(source.node, how === 'an abort' ? undefined : 40);
      const onProgress = ({ block }: { block: number }) => {
        if (how === 'an abort' && block === 39) stop.abort(new Error('Ctrl-C'));
      };
      const stopped = recordChain({
        node: before,
        from: 30,
        to: 49,
        out: parts,
        ahead: 3,
        signal: stop.signal,
        onProgress,
      });
      await expect(stopped).rejects.toThrow(how === 'an abort' ? 'Ctrl-C' : 'the cable is out');

      const unfinished = await failureOf(openRecordedChain(parts));
      expect([unfinished.code, unfinished.context.field]).toEqual(['RECORDING_INVALID', 'complete']);
      expect(Object.keys(await contentsOf(parts)).filter((file) => file.endsWith('.tmp'))).toEqual([]);

      const after = watched(source.node);
      const summary = await recordChain({ node: after, from: 30, to: 49, out: parts });
      expect([summary.resumed, summary.recorded]).toEqual([10, 10]);
      expect(await contentsOf(parts)).toEqual(await contentsOf(whole));
      const slots = (asked: readonly string[]) => asked.filter((line) => !line.startsWith('update'));
      expect([...slots(before.asked), ...slots(after.asked)].sort()).toEqual(slots(reference.asked).sort());
      expect(new Set(slots(reference.asked)).size).toBe(slots(reference.asked).length);

      const done = watched(source.node);
      expect((await recordChain({ node: done, from: 30, to: 49, out: parts })).recorded).toBe(0);
      expect(done.asked).toEqual([]);
    },
  );

  it('can be made longer', async () => {
    await using source = await overHttp(generated('longer'));
    await using folder = await scratchFolder();
    await recordChain({ node: source.node, from: 3, to: 5, out: join(folder.path, 'a') });
    await recordChain({ node: source.node, from: 3, to: 9, out: join(folder.path, 'a') });
    await recordChain({ node: source.node, from: 3, to: 9, out: join(folder.path, 'b') });
    expect(await contentsOf(join(folder.path, 'a'))).toEqual(await contentsOf(join(folder.path, 'b')));
    expect((await openRecordedChain(join(folder.path, 'a'))).latestBlock()).toBe(9);
  });

  it('is not continued from another chain, another first block or another branch', async () => {
    await using source = await overHttp(generated('one'));
    await using fork = await overHttp(generated('two'));
    await using other = await overHttp(new GeneratedChain({ seed: 'one', head: () => LATEST, chainId: 5n }));
    await using folder = await scratchFolder();
    const out = folder.path;
    await recordChain({ node: source.node, from: 10, to: 12, out });
    expect((await failureOf(recordChain({ node: other.node, from: 10, to: 14, out }))).code).toBe('USAGE');
    expect((await failureOf(recordChain({ node: source.node, from: 11, to: 14, out }))).code).toBe('USAGE');
    expect((await failureOf(recordChain({ node: fork.node, from: 10, to: 14, out }))).code).toBe('CHAIN_BROKEN');
    expect((await openRecordedChain(out)).latestBlock()).toBe(12);
  });
});

describe('a recording fails there and then', () => {
  it('when a block does not stand on the one before it', async () => {
    await using source = await overHttp(generated('fit'));
    await using folder = await scratchFolder();
    const forged: StarknetNode = {
      ...watched(source.node),
      blockHeader: async (block) => ({
        ...(await source.node.blockHeader(block)),
        ...(block === 6 ? { parentHash: 1n } : {}),
      }),
    };
    const error = await failureOf(recordChain({ node: forged, from: 4, to: 8, out: folder.path }));
    expect([error.code, error.context.block]).toEqual(['CHAIN_BROKEN', 6]);
    expect((await recordChain({ node: source.node, from: 4, to: 8, out: folder.path })).resumed).toBe(2);
  });

  it('when the node cannot answer a look-up', async () => {
    await using source = await overHttp(generated('pruned'));
    await using folder = await scratchFolder();
    const pruned: StarknetNode = {
      ...watched(source.node),
      storage: async (block) => {
        throw new OrchestratorError('NODE_ERROR', `state of block ${block} was pruned`);
      },
    };
    const error = await failureOf(recordChain({ node: pruned, from: 20, to: 24, out: folder.path }));
    expect(error.message).toBe('state of block 19 was pruned');
    expect((await failureOf(openRecordedChain(folder.path))).context.field).toBe('complete');
  });

  it('when the node is not that far, the range is none, or the folder cannot be written', async () => {
    await using source = await overHttp(generated('far'));
    await using folder = await scratchFolder();
    expect(
      (await failureOf(recordChain({ node: source.node, from: LATEST, to: LATEST + 1, out: folder.path }))).code,
    ).toBe('BLOCK_NOT_FOUND');
    for (const [from, to] of [
      [5, 4],
      [-1, 4],
      [1.5, 4],
    ] as const) {
      expect((await failureOf(recordChain({ node: source.node, from, to, out: folder.path }))).code).toBe('USAGE');
    }
    const file = join(folder.path, 'file');
    await writeFile(file, '');
    expect((await failureOf(recordChain({ node: source.node, from: 1, to: 1, out: file }))).code).toBe(
      'STORAGE_UNAVAILABLE',
    );
  });
});

describe('a node without receipts', () => {
  it('is recorded as not knowing its messages, and so is the copy', async () => {
    await using source = await overHttp(generated('mute'));
    await using folder = await scratchFolder();
    const mute: StarknetNode = {
      ...watched(source.node),
      blockMessages: async () => ({ toL1: [], toL2: [], assumed: true }),
    };
    expect((await recordChain({ node: mute, from: 2, to: 4, out: folder.path })).messagesUnknown).toBe(true);
    await using copy = await overHttp(await openRecordedChain(folder.path));
    expect(await copy.node.blockMessages(3)).toEqual({ toL1: [], toL2: [], assumed: true });
  });
});

describe('a part of a recording', () => {
  it('can be recorded from it', async () => {
    await using source = await overHttp(generated('part'));
    await using folder = await scratchFolder();
    await recordChain({ node: source.node, from: 20, to: 26, out: join(folder.path, 'long') });
    await using long = await overHttp(await openRecordedChain(join(folder.path, 'long')));
    await recordChain({ node: long.node, from: 23, to: 26, out: join(folder.path, 'from the recording') });
    await recordChain({ node: source.node, from: 23, to: 26, out: join(folder.path, 'from the source') });
    expect(await contentsOf(join(folder.path, 'from the recording'))).toEqual(
      await contentsOf(join(folder.path, 'from the source')),
    );
  });
});

describe('a block file that was removed', () => {
  it('is recorded again', async () => {
    await using source = await overHttp(generated('gap'));
    await using folder = await scratchFolder();
    await recordChain({ node: source.node, from: 50, to: 55, out: folder.path });
    const whole = await contentsOf(folder.path);
    await rm(join(folder.path, 'blocks', '000000000052.json'));
    expect((await failureOf(openRecordedChain(folder.path))).message).toMatch(
      /000000000052.json is invalid at the file: it is missing/,
    );
    await recordChain({ node: source.node, from: 50, to: 55, out: folder.path });
    expect(await contentsOf(folder.path)).toEqual(whole);
  });
});
