import { setTimeout as delay } from 'node:timers/promises';
import { describe, expect } from '@jest/globals';
import { chainOf, serve, serveBehindProxy } from './support/chain.ts';
import { ethereumForFile } from './support/ethereum-for-file.ts';
import { blocksOf } from './support/job-facts.ts';
import type { Behaviour } from './support/rpc-proxy.ts';
import { runArguments } from './support/run-arguments.ts';
import { testAt } from './support/test-at.ts';

const BLOCKS = 16;
const OUTAGES: readonly Behaviour[] = ['html', 'hang', 'reset'];
const OUTAGE_MS = 2_500;

const ethereum = ethereumForFile();

describe('nodes that are away for a while', () => {
  for (const which of ['the Starknet node', 'the Ethereum node'] as const) {
    testAt(`${which}: nothing fails, nothing is lost, nothing is settled twice`, async (site) => {
      const chain = chainOf(31, BLOCKS);
      const core = await ethereum().deploy(chain, -1, BLOCKS - 1);
      const starknet = await serveBehindProxy(site, await serve(site, chain));
      const settlement = await serveBehindProxy(site, ethereum().anvil.url);
      const dataDir = site.path('data');
      // A small buffer: there is work for every node until the end.
      const more = ['--exit-when-settled', String(BLOCKS - 1), '--snos-job-buffer-size', '4'];
      const run = site.start(
        ...runArguments({
          ethereum: ethereum(),
          core,
          nodeUrl: starknet.url,
          ethereumUrl: settlement.url,
          dataDir,
          more,
        }),
      );
      const store = await site.store(dataDir);
      const proxy = which === 'the Starknet node' ? starknet : settlement;
      for (const [index, outage] of OUTAGES.entries()) {
        await site.eventually(
          `block ${2 + 4 * index} is settled`,
          async () => (await core.position()) >= 2 + 4 * index,
          {
            alive: [run],
          },
        );
        proxy.behaviour = outage;
        await delay(OUTAGE_MS);
        proxy.behaviour = 'pass';
      }
      await site.expectExit(run, 0);
      expect(await core.updates()).toEqual(Array.from({ length: BLOCKS }, (_, block) => block));
      expect(await core.transactions()).toBe(BLOCKS);
      expect(await blocksOf(store, 'StateTransition', 'Completed')).toHaveLength(BLOCKS);
      expect(run.prints(/attempt failed|dependency/)).toBe(true);
      await site.nothingRuns();
    });
  }
});
