import { pathToFileURL } from 'node:url';
import { z } from 'zod';
import { writeBlock, writeManifest } from '../../src/devnet/chain/recording-folder.ts';
import { type RecordSummary, recordChain } from '../../src/devnet/recorder/record-chain.ts';
import { shortString } from '../../src/starknet/felt.ts';
import { parseStateUpdate } from '../../src/starknet/state-update-json.ts';
import { batch8373665Node } from './batch-8373665-node.ts';
import { vectorJson } from './vector-files.ts';

/** First of the 500 blocks of the recorded settlement. */
export const BATCH_FIRST_BLOCK = 789_878;
export const MAINNET_BLOCKS = [631_861, 638_353, 671_070] as const;

/** Recorded chain of the first blocks, 500 by default, of the settlement in Ethereum block 8373665 (SN_SEPOLIA, 0.13.5). */
export async function recordBatch8373665(
  outDir: string,
  options: { readonly blocks?: number } = {},
): Promise<RecordSummary> {
  return recordChain({
    node: batch8373665Node(),
    from: BATCH_FIRST_BLOCK,
    to: BATCH_FIRST_BLOCK + (options.blocks ?? 500) - 1,
    out: outDir,
  });
}

/**
 * Recorded chain of one mainnet block (SN_MAIN, 0.13.1) with the nonces that its data-availability words need. Its parent hash is 0,
 * its messages are unknown; storage and classes before it are not in the data and therefore not in the recording.
 */
export async function recordMainnetBlock(outDir: string, number: (typeof MAINNET_BLOCKS)[number]): Promise<void> {
  const update = parseStateUpdate(vectorJson('da', String(number), 'state_update.json'));
  const nonces = z
    .array(z.object({ address: z.string(), nonce: z.string() }))
    .parse(vectorJson('da', String(number), 'nonces.json'));
  await writeBlock(outDir, {
    header: {
      number,
      hash: update.blockHash,
      parentHash: 0n,
      newRoot: update.newRoot,
      starknetVersion: '0.13.1',
      timestamp: 0,
    },
    update,
    messages: undefined,
    before: {
      storage: [],
      classes: [],
      nonces: nonces.map(({ address, nonce }) => ({ address: BigInt(address), nonce: BigInt(`0x${nonce}`) })),
    },
  });
  await writeManifest(outDir, {
    chainId: shortString('SN_MAIN'),
    firstBlock: number,
    lastBlock: number,
    complete: true,
  });
}

/** `node test/scripts/record-vectors.ts OUT [8373665 [BLOCKS] | 631861 | 638353 | 671070]` */
async function main(): Promise<void> {
  const [outDir, what = '8373665', blocks = '500'] = process.argv.slice(2);
  if (outDir === undefined)
    throw new Error('usage: record-vectors.ts OUT [8373665 [BLOCKS] | 631861 | 638353 | 671070]');
  if (what === '8373665') {
    const { firstBlock, lastBlock, lookups } = await recordBatch8373665(outDir, { blocks: Number(blocks) });
    process.stdout.write(`${outDir}: Sepolia blocks ${firstBlock} to ${lastBlock}, ${lookups} look-ups\n`);
    return;
  }
  const block = MAINNET_BLOCKS.find((number) => String(number) === what);
  if (block === undefined) throw new Error(`${what} is not among the recorded data`);
  await recordMainnetBlock(outDir, block);
  process.stdout.write(`${outDir}: mainnet block ${block}\n`);
}

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href) await main();
