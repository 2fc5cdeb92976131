import { readdir, readFile } from 'node:fs/promises';
import { describe, expect } from '@jest/globals';
import { feltToHex } from '../src/starknet/felt.ts';
import { chainOf, serve, serveBehindProxy } from './support/chain.ts';
import { readSummary } from './support/dev-summary.ts';
import { testAt } from './support/test-at.ts';

const FROM = 20;
const TO = 44;
const TOTAL = TO - FROM + 1;

describe('orchestrator record', () => {
  testAt('goes on after kill -9 and after Ctrl-C, tells how far it is, and makes what dev settles', async (site) => {
    const chain = chainOf(41, 100);
    const node = await serveBehindProxy(site, await serve(site, chain));
    const out = site.path('recording');
    const range = ['record', '--rpc', node.url, '--from', String(FROM), '--to', String(TO), '--out', out];
    const blocksOnDisk = async (): Promise<number> => {
      const files = await readdir(site.path('recording', 'blocks')).catch(() => []);
      return files.filter((name) => /^\d{12}\.json$/.test(name)).length;
    };

    /** From a certain question on the node hangs: the recording stands still in the middle. */
    let allowed = 14;
    node.alter = (method, _params, result) => {
      if (method === 'starknet_getStateUpdate') allowed -= 1;
      if (allowed <= 0) node.behaviour = 'hang';
      return result;
    };
    const killed = site.start(range);
    await site.eventually(
      'some blocks are recorded',
      async () => node.behaviour === 'hang' && (await blocksOnDisk()) >= 2,
      { alive: [killed] },
    );
    killed.kill('SIGKILL');
    await site.expectExit(killed, 137);
    const before = await blocksOnDisk();
    expect(before).toBeLessThan(TOTAL);
    expect(JSON.parse(await readFile(site.path('recording', 'recording.json'), 'utf8'))).toMatchObject({
      complete: false,
    });
    expect(await site.command(['dev', '--recorded', out])).toMatchObject({
      code: 2,
      output: expect.stringContaining('RECORDING_INVALID'),
    });

    allowed = 9;
    node.behaviour = 'pass';
    const stopped = site.start(range);
    await site.eventually(
      'more blocks are recorded',
      async () => node.behaviour === 'hang' && (await blocksOnDisk()) > before,
      { alive: [stopped] },
    );
    stopped.kill('SIGINT');
    await site.expectExit(stopped, 130);
    expect(stopped.tail()).toMatch(/Stopped: the same command goes on/);
    const then = await blocksOnDisk();

    allowed = Number.MAX_SAFE_INTEGER;
    node.behaviour = 'pass';
    const rest = await site.command(range);
    expect(rest).toMatchObject({
      code: 0,
      output: expect.stringContaining(
        `Recorded ${TOTAL - then} blocks (${then} were there already), blocks ${FROM} to ${TO}`,
      ),
    });
    expect(rest.output).toMatch(new RegExp(`block \\d+: 20 of ${TOTAL} blocks, \\d+ look-ups`));
    expect(await site.command(range)).toMatchObject({
      code: 0,
      output: expect.stringContaining(`Recorded 0 blocks (${TOTAL} were`),
    });

    const summaryFile = site.path('summary.json');
    await site.expectExit(site.start(['dev', '--recorded', out, '--blocks', '6', '--summary', summaryFile]), 0);
    const { checks, chain: settled } = await readSummary(summaryFile);
    expect(checks.filter(({ passed }) => !passed)).toEqual([]);
    expect(settled).toEqual({ kind: 'recorded', first: FROM, last: FROM + 5 });
    expect(checks.find(({ name }) => name === 'state root')?.actual).toBe(feltToHex(chain.header(FROM + 5).newRoot));
    await site.nothingRuns();
  });

  testAt('refuses a range that the node does not have', async (site) => {
    const rpc = await serve(site, chainOf(41, 10));
    const out = site.path('recording');
    expect(await site.command(['record', '--rpc', rpc, '--from', '5', '--to', '12', '--out', out])).toMatchObject({
      code: 2,
      output: expect.stringContaining('BLOCK_NOT_FOUND'),
    });
    expect(await site.command(['record', '--rpc', rpc, '--from', '5', '--to', '4', '--out', out])).toMatchObject({
      code: 2,
      output: expect.stringContaining('USAGE'),
    });
  });
});
