import { rm } from 'node:fs/promises';
import { describe, expect } from '@jest/globals';
import {
  BATCH_FIRST_BLOCK,
  MAINNET_BLOCKS,
  recordBatch8373665,
  recordMainnetBlock,
} from '../test/scripts/record-vectors.ts';
import { describeWithVectors, readVector, readVectorBytes } from '../test/vectors.ts';
import { CHECKS, readSummary } from './support/dev-summary.ts';
import { testAt } from './support/test-at.ts';

describeWithVectors('orchestrator dev --recorded, on published blocks', () => {
  testAt(
    'settles the first 25 of 500 consecutive Sepolia blocks one by one',
    async (site) => {
      const recording = site.path('recording');
      await recordBatch8373665(recording, { blocks: 25 });
      const summaryFile = site.path('summary.json');
      await site.expectExit(site.start(['dev', '--recorded', recording, '--summary', summaryFile]), 0);
      const { checks, blocks } = await readSummary(summaryFile);
      expect(checks.map(({ name, passed }) => [name, passed])).toEqual(CHECKS.map((name) => [name, true]));
      expect(blocks.map(({ block }) => block)).toEqual(
        Array.from({ length: 25 }, (_, index) => BATCH_FIRST_BLOCK + index),
      );
      expect(new Set(blocks.map(({ txHash }) => txHash)).size).toBe(25);
      await site.nothingRuns();
    },
    300_000,
  );

  testAt(
    'settles all 500 of them as ranges of at most 100 blocks, with the root that the chain has after them',
    async (site) => {
      const recording = site.path('recording');
      await recordBatch8373665(recording);
      const summaryFile = site.path('summary.json');
      const ranges = ['--max-batch-size', '100'];
      await site.expectExit(site.start(['dev', '--recorded', recording, ...ranges, '--summary', summaryFile]), 0);
      const { checks, blocks } = await readSummary(summaryFile);
      expect(checks.map(({ name, passed }) => [name, passed])).toEqual(CHECKS.map((name) => [name, true]));
      expect(blocks.map(({ block }) => block)).toEqual([0, 1, 2, 3, 4].map((range) => BATCH_FIRST_BLOCK + 100 * range));
      const output = readVector('batch', '8373665', 'program_output.txt').split('\n');
      expect(BigInt(checks.find(({ name }) => name === 'state root')?.actual ?? 0)).toBe(BigInt(`0x${output[1]}`));
      await site.nothingRuns();
    },
    300_000,
  );

  testAt(
    'settles mainnet blocks alone, each with the blob that was published',
    async (site) => {
      for (const block of MAINNET_BLOCKS) {
        const recording = site.path('recording');
        await recordMainnetBlock(recording, block);
        const summaryFile = site.path(`${block}.json`);
        const dev = site.start(['dev', '--recorded', recording, '--keep', '--summary', summaryFile]);
        await site.eventually(`block ${block} is settled`, () => dev.prints(/^Still up/), { alive: [dev] });
        const { checks, blocks, ethereumRpcUrl } = await readSummary(summaryFile);
        expect(checks.map(({ name, passed }) => [name, passed])).toEqual(CHECKS.map((name) => [name, true]));
        expect(blocks.map((settled) => settled.block)).toEqual([block]);

        const [blob, ...others] = await blobsOf(ethereumRpcUrl, blocks[0]?.txHash ?? '');
        expect(others).toEqual([]);
        const published = Buffer.from(readVectorBytes('da', String(block), 'blob.txt'));
        expect(published).toHaveLength(131_072);
        expect(Buffer.from(blob?.replace(/^0x/, '') ?? '', 'hex').equals(published)).toBe(true);
        dev.kill('SIGINT');
        await site.expectExit(dev, 0);
        await rm(recording, { recursive: true });
      }
      await site.nothingRuns();
    },
    300_000,
  );
});

describe('orchestrator dev --recorded', () => {
  testAt('refuses what it cannot serve', async (site) => {
    expect(await site.command(['dev', '--recorded', site.path('nothing')])).toMatchObject({
      code: 2,
      output: expect.stringContaining('RECORDING_INVALID'),
    });
    await site.nothingRuns();
  });
});

/** Blobs that a transaction carried, as the node keeps them. */
async function blobsOf(url: string, transaction: string): Promise<string[]> {
  const body = JSON.stringify({
    jsonrpc: '2.0',
    id: 1,
    method: 'anvil_getBlobsByTransactionHash',
    params: [transaction],
  });
  const response = await fetch(url, { method: 'POST', headers: { 'content-type': 'application/json' }, body });
  const { result } = (await response.json()) as { result?: string[] | null };
  return result ?? [];
}
