import { truncate, writeFile } from 'node:fs/promises';
import { describe, expect } from '@jest/globals';
import type { Explanation } from '../src/app/inspection/explain.ts';
import { feltToHex } from '../src/starknet/felt.ts';
import { chainOf, serve, serveBehindProxy } from './support/chain.ts';
import { ethereumForFile } from './support/ethereum-for-file.ts';
import { blocksOf } from './support/job-facts.ts';
import type { Alteration } from './support/rpc-proxy.ts';
import { runArguments } from './support/run-arguments.ts';
import { testAt } from './support/test-at.ts';

const LAST = 9;
/** Its state update is not one. */
const MALFORMED = 2;
/** Its parent hash is not the hash of the block before it. */
const ORPHAN = 6;

const ethereum = ethereumForFile();

describe('blocks that cannot be run', () => {
  testAt(
    'hold up settlement alone, are named by explain and freed by jobs retry; damaged objects are made again',
    async (site) => {
      const chain = chainOf(21, LAST + 1);
      const core = await ethereum().deploy(chain, -1, LAST);
      const node = await serveBehindProxy(site, await serve(site, chain));
      node.alter = hostile({ malformed: true, orphan: true });
      const dataDir = site.path('data');
      const place = ['--data-dir', dataDir];
      const more = ['--exit-when-settled', String(LAST)];
      const run = site.start(...runArguments({ ethereum: ethereum(), core, nodeUrl: node.url, dataDir, more }));

      const store = await site.store(dataDir);
      const others = Array.from({ length: LAST + 1 }, (_, block) => block).filter(
        (block) => block !== MALFORMED && block !== ORPHAN,
      );
      await site.eventually(
        'all other blocks have their data, the first two are settled, two jobs failed',
        async () =>
          (await blocksOf(store, 'DataSubmission', 'Completed')).join() === others.join() &&
          (await blocksOf(store, 'SnosRun', 'Failed')).join() === `${MALFORMED},${ORPHAN}` &&
          (await blocksOf(store, 'StateTransition', 'Completed')).join() === '0,1',
        { alive: [run] },
      );
      expect(await core.updates()).toEqual([0, 1]);

      const own = (await site.json(['explain', String(MALFORMED), ...place])) as Explanation;
      expect(own).toMatchObject({
        state: 'stuck',
        blockedBy: null,
        job: { type: 'SnosRun', status: 'Failed', firstBlock: MALFORMED },
      });
      expect(own.summary).toMatch(/Block 2 is in SnosRun, Failed: .*orchestrator jobs retry [0-9a-f-]{36}/);
      const next = (await site.json(['explain', String(MALFORMED + 1), ...place])) as Explanation;
      expect(next).toMatchObject({ state: 'waiting', blockedBy: { id: own.job?.id, firstBlock: MALFORMED } });
      expect(next.summary).toMatch(/has to pass block 2 first, which is in SnosRun, Failed: /);
      const orphan = (await site.json(['explain', String(ORPHAN), ...place])) as Explanation;
      expect(orphan.job?.lastFailure).toContain(feltToHex(chain.header(ORPHAN - 1).hash));
      expect(orphan.job?.lastFailure).toContain('CHAIN_BROKEN');
      expect(await site.json(['status', ...place])).toMatchObject({
        settledBlock: 1,
        stuck: [
          { id: own.job?.id, block: MALFORMED },
          { id: orphan.job?.id, block: ORPHAN },
        ],
      });

      // While settlement waits: one blob object loses its end, another one a digit.
      await truncate(site.path('data', 'objects', '3', 'blob_data.txt'), 100_000);
      await writeFile(site.path('data', 'objects', '4', 'blob_data.txt'), new Uint8Array(131_072));

      node.alter = hostile({ malformed: false, orphan: true });
      const retried = await site.json(['jobs', 'retry', own.job?.id ?? '', '--by', 'somebody', ...place]);
      expect(retried).toMatchObject({ id: own.job?.id });
      await site.eventually(
        'settlement stands before the second one',
        async () => (await core.position()) === ORPHAN - 1,
        {
          alive: [run],
        },
      );
      node.alter = hostile({ malformed: false, orphan: false });
      expect(await site.command(['jobs', 'retry', `SnosRun:${ORPHAN}`, ...place])).toMatchObject({ code: 0 });
      await site.expectExit(run, 0);

      expect(await core.updates()).toEqual(Array.from({ length: LAST + 1 }, (_, block) => block));
      expect(await core.transactions()).toBe(LAST + 1);
      expect(await core.root()).toBe(chain.header(LAST).newRoot);
      const freed = await store.find('SnosRun', MALFORMED);
      expect(freed?.history.find(({ event }) => event === 'retry')).toMatchObject({ by: 'somebody', from: 'Failed' });
      await site.nothingRuns();
    },
    240_000,
  );
});

function hostile({ malformed, orphan }: { malformed: boolean; orphan: boolean }): Alteration {
  return (method, params, result) => {
    const block = blockOf(params);
    if (malformed && method === 'starknet_getStateUpdate' && block === MALFORMED) {
      return { ...(result as object), state_diff: { storage_diffs: [{ address: '0xnonsense', storage_entries: 7 }] } };
    }
    if (orphan && method.startsWith('starknet_getBlockWith') && block === ORPHAN) {
      return { ...(result as object), parent_hash: '0xbad' };
    }
    return result;
  };
}

/** Parameters by name; the state at the end of a block is asked for in the same way. */
function blockOf(params: unknown): number | undefined {
  const { block_id: id } = (params ?? {}) as { block_id?: { block_number?: number } };
  return id?.block_number;
}
