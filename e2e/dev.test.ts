import { existsSync } from 'node:fs';
import { mkdir, readdir, rm, writeFile } from 'node:fs/promises';
import { type AddressInfo, createServer } from 'node:net';
import { describe, expect } from '@jest/globals';
import { VARIABLE_PREFIX } from '../src/config/setting.ts';
import { DATABASE_FILE_NAME } from '../src/database/embedded/embedded-database.ts';
import { feltToHex } from '../src/starknet/felt.ts';
import { chainOf } from './support/chain.ts';
import { CHECKS, readSummary } from './support/dev-summary.ts';
import type { Site } from './support/site.ts';
import { testAt } from './support/test-at.ts';

describe('orchestrator dev', () => {
  testAt(
    'settles five blocks; the reading commands then tell what happened; the directory is not used again',
    async (site) => {
      const dataDir = site.path('data');
      const summaryFile = site.path('summary.json');
      const dev = site.start(['dev', '--blocks', '5', '--data-dir', dataDir, '--summary', summaryFile]);
      await site.expectExit(dev, 0);
      await site.nothingRuns();

      const summary = await readSummary(summaryFile);
      expect(summary.checks.map(({ name, passed }) => [name, passed])).toEqual(CHECKS.map((name) => [name, true]));
      expect(summary.settled).toBe(true);
      expect(summary.blocks.map(({ block }) => block)).toEqual([0, 1, 2, 3, 4]);
      expect(new Set(summary.blocks.map(({ txHash }) => txHash)).size).toBe(5);
      expect(summary.blocks.every(({ blobs, gasUsed }) => blobs >= 1 && Number(gasUsed) > 21_000)).toBe(true);
      expect(Object.values(summary.jobsByInstance)).toEqual([20]);
      expect(dev.stdout).toContain('All 5 blocks (0..4) are settled');

      await readingCommands(site, dataDir, summary.contract);

      const again = await site.command(['dev', '--blocks', '5', '--data-dir', dataDir]);
      expect(again).toMatchObject({
        code: 2,
        output: expect.stringMatching(/belongs to an earlier start.*\n.*Give another directory/),
      });
      await site.nothingRuns();
    },
  );

  testAt('settles the chain of the seed with two instances that share the work', async (site) => {
    const dataDir = site.path('data');
    const summaryFile = site.path('summary.json');
    const options = [
      '--blocks',
      '8',
      '--seed',
      '7',
      '--instances',
      '2',
      '--data-dir',
      dataDir,
      '--summary',
      summaryFile,
    ];
    await site.expectExit(site.start(['dev', ...options]), 0);
    const { checks, jobsByInstance } = await readSummary(summaryFile);
    expect(checks.filter(({ passed }) => !passed)).toEqual([]);
    const { newRoot } = chainOf(7, 8).header(7);
    expect(checks.find(({ name }) => name === 'state root')?.actual).toBe(feltToHex(newRoot));
    const jobs = Object.values(jobsByInstance);
    expect(jobs.reduce((sum, count) => sum + count, 0)).toBe(32);
    expect(existsSync(site.path('data', 'instance-1.log')) && existsSync(site.path('data', 'instance-2.log'))).toBe(
      true,
    );
    await site.nothingRuns();
  });

  testAt('works on its own systems, whatever .env in the working directory names', async (site) => {
    const visits: string[] = [];
    const server = createServer((socket) => {
      visits.push(`${socket.remotePort}`);
      socket.destroy();
    });
    site.atEnd(() => new Promise((closed) => server.close(closed)));
    await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
    const place = `127.0.0.1:${(server.address() as AddressInfo).port}`;
    await writeFile(site.path('.env'), productionSettings(place));

    const dev = site.start(['dev', '--blocks', '1', '--data-dir', 'data']);
    await site.expectExit(dev, 0);
    expect(dev.stdout).toContain('All 1 blocks (0..0) are settled');
    expect(visits).toEqual([]);
    expect(existsSync(site.path('data', DATABASE_FILE_NAME))).toBe(true);
    expect(existsSync(site.path('elsewhere'))).toBe(false);
    await site.nothingRuns();
  });

  testAt('prints its summary and leaves no directory behind when the file cannot be written any more', async (site) => {
    await mkdir(site.path('out'));
    await mkdir(site.path('tmp'));
    const options = ['--blocks', '1', '--summary', site.path('out', 'summary.json')];
    const dev = site.start(['dev', ...options], { TMPDIR: site.path('tmp') });
    await site.eventually('the processes are started', () => dev.prints(/orchestrator process\(es\)/), {
      alive: [dev],
    });
    await rm(site.path('out'), { recursive: true });
    await site.expectExit(dev, 2);
    expect(dev.stdout).toContain('All 1 blocks (0..0) are settled');
    expect(dev.tail()).toContain('The summary cannot be written to');
    expect((await readdir(site.path('tmp'))).filter((name) => name.startsWith('orchestrator-dev-'))).toEqual([]);
    await site.nothingRuns();
  });

  testAt('leaves Ethereum and the chain up with --keep, until Ctrl-C', async (site) => {
    const summaryFile = site.path('summary.json');
    const dev = site.start(['dev', '--blocks', '1', '--keep', '--summary', summaryFile]);
    await site.eventually('dev keeps the servers up', () => dev.prints(/^Still up/), { alive: [dev] });
    const { ethereumRpcUrl, starknetRpcUrl, contract } = await readSummary(summaryFile);
    expect(await call(starknetRpcUrl, 'starknet_blockNumber')).toBe(0);
    expect(await call(ethereumRpcUrl, 'eth_getCode', [contract, 'latest'])).toMatch(/^0x60/);
    dev.killGroup('SIGINT');
    await site.expectExit(dev, 0);
    await site.nothingRuns();
    await expect(call(ethereumRpcUrl, 'eth_chainId')).rejects.toThrow();
  });
});

/** As an operator of a deployment has them; every system is at `place`. */
function productionSettings(place: string): string {
  const prefixed = {
    MONGODB: 'true',
    MONGODB_CONNECTION_URL: `mongodb://writer:s3cret@${place}/?serverSelectionTimeoutMS=500`,
    AWS: 'true',
    AWS_S3: 'true',
    AWS_SQS: 'true',
    AWS_SNS: 'true',
    MADARA_RPC_URL: `http://${place}`,
    ETHEREUM_SETTLEMENT_RPC_URL: `http://${place}`,
    ETHEREUM_PRIVATE_KEY: `0x${'11'.repeat(32)}`,
    DATA_DIR: 'elsewhere',
    MIN_BLOCK_NO_TO_PROCESS: '1000',
  };
  const aws = {
    AWS_ENDPOINT_URL: `http://${place}`,
    AWS_REGION: 'eu-west-1',
    AWS_ACCESS_KEY_ID: 'test',
    AWS_SECRET_ACCESS_KEY: 'test',
  };
  const lines = Object.entries(prefixed).map(([name, value]) => `${VARIABLE_PREFIX}${name}=${value}`);
  return [...lines, ...Object.entries(aws).map(([name, value]) => `${name}=${value}`), ''].join('\n');
}

async function readingCommands(site: Site, dataDir: string, contract: string): Promise<void> {
  const place = ['--data-dir', dataDir];
  expect(await site.json(['status', ...place])).toMatchObject({
    identity: { settlementChainId: 'ethereum:31337', coreContract: contract.toLowerCase() },
    settledBlock: 4,
    plannedBlock: 4,
    stuck: [],
    jobs: ['DataSubmission', 'ProofCreation', 'SnosRun', 'StateTransition'].map((type) => ({
      type,
      status: 'Completed',
      count: 5,
    })),
  });

  const jobs = (await site.json(['jobs', 'list', ...place])) as { id: string; internal_id: number; job_type: string }[];
  expect(jobs).toHaveLength(20);
  const updates = (await site.json([
    'jobs',
    'list',
    '--type',
    'StateTransition',
    '--from',
    '1',
    '--to',
    '3',
    ...place,
  ])) as typeof jobs;
  expect(updates.map(({ internal_id }) => internal_id)).toEqual([1, 2, 3]);
  expect(await site.json(['jobs', 'list', '--status', 'Failed', ...place])).toEqual([]);

  const one = updates[0];
  if (one === undefined) throw new Error('no job');
  const shown = await site.json(['jobs', 'show', one.id, ...place]);
  expect(shown).toMatchObject({
    id: one.id,
    job_type: 'StateTransition',
    internal_id: 1,
    status: 'Completed',
    lease: null,
  });
  expect(await site.json(['jobs', 'show', 'statetransition:1', ...place])).toEqual(shown);

  expect(await site.json(['explain', '3', ...place])).toMatchObject({ block: 3, state: 'settled', blockedBy: null });
  expect(await site.json(['explain', '5', ...place])).toMatchObject({ block: 5, state: 'unplanned', job: null });

  const checks = (await site.json(['doctor', ...place])) as { name: string; state: string }[];
  expect(checks.filter(({ state }) => state === 'failed')).toEqual([]);
  expect(checks.map(({ state }) => state)).toContain('ok');

  expect(await site.command(['jobs', 'show', 'StateTransition:99', ...place])).toMatchObject({ code: 2 });
  expect(await site.command(['jobs', 'retry', one.id, ...place])).toMatchObject({
    code: 2,
    output: expect.stringMatching(/is Completed; only .* can be retried/),
  });
}

async function call(url: string, method: string, params: readonly unknown[] = []): Promise<unknown> {
  const body = JSON.stringify({ jsonrpc: '2.0', id: 1, method, params });
  const response = await fetch(url, { method: 'POST', headers: { 'content-type': 'application/json' }, body });
  return ((await response.json()) as { result?: unknown }).result;
}
