import { expect, it } from '@jest/globals';
import { openRecordedChain } from '../../src/devnet/chain/recorded-chain.ts';
import { blobToWords } from '../../src/starknet/blob.ts';
import { contractsNeedingNonce, daWords } from '../../src/starknet/da-words.ts';
import { shortString } from '../../src/starknet/felt.ts';
import {
  BATCH_FIRST_BLOCK,
  MAINNET_BLOCKS,
  recordBatch8373665,
  recordMainnetBlock,
} from '../scripts/record-vectors.ts';
import { describeWithVectors, readVectorBytes, readVectorJson } from '../vectors.ts';
import { overHttp, scratchFolder } from './chain-over-http.ts';

describeWithVectors('real blocks, recorded and served', () => {
  it.each(MAINNET_BLOCKS)('mainnet block %i gives the words of its published blob', async (number) => {
    await using folder = await scratchFolder();
    await recordMainnetBlock(folder.path, number);
    await using served = await overHttp(await openRecordedChain(folder.path));
    const { node } = served;
    expect([await node.chainId(), await node.latestBlockNumber()]).toEqual([shortString('SN_MAIN'), number]);
    expect(await node.blockHeader(number)).toMatchObject({ parentHash: 0n, starknetVersion: '0.13.1' });

    const update = await node.stateUpdate(number);
    const asked = contractsNeedingNonce(update);
    const nonces = await node.nonces(number, asked);
    const words = daWords(update, {
      layout: 'old',
      currentNonces: new Map(asked.map((address, index) => [address, nonces[index] ?? -1n])),
    });
    const published = blobToWords(readVectorBytes('da', String(number), 'blob.txt'));
    expect(published.slice(0, words.length)).toEqual(words);
    expect(published.slice(words.length).every((word) => word === 0n)).toBe(true);
  });

  it('the 500 blocks of the Sepolia settlement chain, with every alias', async () => {
    await using folder = await scratchFolder();
    const summary = await recordBatch8373665(folder.path);
    expect([summary.firstBlock, summary.lastBlock, summary.messagesUnknown]).toEqual([789_878, 790_377, false]);
    const chain = await openRecordedChain(folder.path);
    expect(chain.chainId()).toBe(shortString('SN_SEPOLIA'));
    expect(chain.startingPoint()).toEqual({
      blockNumber: 789_877,
      root: 0x337cffbb1a0085c53bc0c525f89dc58f49c9d0f387a010bc507370ea52600fn,
      blockHash: 0x5b8101eb9a1bfaabc0f289f6ee21a6880d18b690b3d3d15528da0ab8c267499n,
    });
    expect(chain.messages(790_377)?.toL1).toHaveLength(18);
    expect(chain.messages(790_376)).toEqual({ toL1: [], toL2: [] });

    // Aliases of the whole range: those that the settlement published, wherever the data has them.
    const squashed = readVectorJson('batch', '8373665', 'squashed.json.gz') as {
      state_diff: { storage_diffs: { address: string }[] };
    };
    const aliased = readVectorJson('batch', '8373665', 'aliased.json.gz') as {
      state_diff: { storage_diffs: { address: string }[] };
    };
    const addresses = squashed.state_diff.storage_diffs.map(({ address }) => BigInt(address));
    const aliases = new Set(
      addresses.map((address) => (address < 128n ? address : chain.storage(790_377, 2n, address))),
    );
    expect(aliases).toEqual(new Set(aliased.state_diff.storage_diffs.map(({ address }) => BigInt(address))));

    // Each block on its own: every address and key has exactly one number, and no two share one.
    const numbers = new Map<bigint, bigint>();
    for (let block = BATCH_FIRST_BLOCK; block <= 790_377; block++) {
      for (const { address, entries } of chain
        .stateUpdate(block)
        .stateDiff.storageDiffs.filter((diff) => diff.address >= 128n)) {
        for (const value of [address, ...entries.map(({ key }) => key)].filter((each) => each >= 128n)) {
          const alias = chain.storage(block, 2n, value);
          if (alias === 0n || (numbers.get(value) ?? alias) !== alias)
            throw new Error(`alias of ${value} at block ${block} is ${alias}`);
          numbers.set(value, alias);
        }
      }
    }
    expect(new Set(numbers.values()).size).toBe(numbers.size);
  });
});
