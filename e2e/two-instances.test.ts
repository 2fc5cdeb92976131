import { describe, expect } from '@jest/globals';
import type { Job } from '../src/jobs/job.ts';
import { chainOf, serve } from './support/chain.ts';
import { ethereumForFile } from './support/ethereum-for-file.ts';
import { completedBy, leasesOf, ownerOf } from './support/job-facts.ts';
import { type RunSetup, runArguments } from './support/run-arguments.ts';
import { stopUnlocked } from './support/stop-unlocked.ts';
import { testAt } from './support/test-at.ts';

const BLOCKS = 40;
const LEASE_SECONDS = 6;

const ethereum = ethereumForFile();

describe('two instances of orchestrator run on one directory', () => {
  testAt(
    'settle every block once and in order, one of them killed with -9 halfway and started again',
    async (site) => {
      const chain = chainOf(11, BLOCKS);
      const core = await ethereum().deploy(chain, -1, BLOCKS - 1);
      const setup: RunSetup = {
        ethereum: ethereum(),
        core,
        nodeUrl: await serve(site, chain),
        dataDir: site.path('data'),
        more: [
          ...['--exit-when-settled', String(BLOCKS - 1), '--lease-seconds', String(LEASE_SECONDS)],
          // Both are kept from taking everything at once, as with work that takes its time.
          ...['--snos-job-buffer-size', '10', '--simulated-prover-latency-ms', '500'],
        ],
      };
      const first = site.start(...runArguments(setup));
      const second = site.start(...runArguments(setup));
      const store = await site.store(setup.dataDir);
      await site.eventually(
        'half of the blocks are settled',
        async () => {
          const last = await store.latest('StateTransition', 'Completed');
          return last !== undefined && last.internal_id >= BLOCKS / 2 - 1;
        },
        { alive: [first, second] },
      );

      // The moment is chosen so that the one that dies holds work.
      const held = await site.eventually(
        'the second instance holds jobs',
        async () => {
          const jobs = await leasesOf(store, ownerOf(second));
          return jobs.length > 0 && jobs;
        },
        { alive: [second] },
      );
      second.kill('SIGKILL');
      await site.expectExit(second, 137);
      const third = site.start(...runArguments(setup));
      await site.expectExit(first, 0);
      await site.expectExit(third, 0);

      expect(await core.updates()).toEqual(Array.from({ length: BLOCKS }, (_, block) => block));
      expect(await core.transactions()).toBe(BLOCKS);
      expect(await core.root()).toBe(chain.header(BLOCKS - 1).newRoot);
      const jobs = await store.list({ limit: BLOCKS * 8 });
      expect(jobs).toHaveLength(BLOCKS * 4);
      expect(jobs.filter(({ status }) => status !== 'Completed')).toEqual([]);
      expect(held.length).toBeGreaterThan(0);

      // Started again, the second process works under another name: the two are one share.
      const counts = completedBy(jobs);
      const share = (owner: RegExp): number =>
        [...counts].filter(([by]) => owner.test(by)).reduce((sum, [, count]) => sum + count, 0);
      const ofFirst = share(ownerOf(first));
      const ofSecond = share(ownerOf(second)) + share(ownerOf(third));
      expect(ofFirst + ofSecond).toBe(jobs.length);
      expect(ofFirst).toBeGreaterThanOrEqual(jobs.length / 4);
      expect(ofSecond).toBeGreaterThanOrEqual(jobs.length / 4);
      await site.nothingRuns();
    },
    300_000,
  );

  testAt(
    'let the other go on when one is stopped for longer than its lease, and take nothing from it when it comes back',
    async (site) => {
      const blocks = 12;
      const chain = chainOf(12, blocks);
      const core = await ethereum().deploy(chain, -1, blocks - 1);
      const setup: RunSetup = {
        ethereum: ethereum(),
        core,
        nodeUrl: await serve(site, chain),
        dataDir: site.path('data'),
        more: [
          '--exit-when-settled',
          String(blocks - 1),
          '--lease-seconds',
          '3',
          '--simulated-prover-latency-ms',
          '1500',
        ],
      };
      const sleeper = site.start(...runArguments(setup));
      const store = await site.store(setup.dataDir);
      const before = await site.eventually(
        'the first instance holds jobs',
        async () => {
          const jobs = await leasesOf(store, ownerOf(sleeper));
          return jobs.length > 0 && jobs;
        },
        { alive: [sleeper] },
      );
      await stopUnlocked(site, sleeper, setup.dataDir);
      const stopped = await leasesOf(store, ownerOf(sleeper));
      const other = site.start(...runArguments(setup));
      const taken = await site.eventually(
        'the other has claimed what the first one held',
        async () => {
          const now = await Promise.all(stopped.map(({ id }) => store.get(id)));
          const known = now.filter((job): job is Job => job !== undefined);
          return known.every((job) => job.history.some(({ by }) => by !== null && ownerOf(other).test(by))) && known;
        },
        { alive: [other] },
      );
      sleeper.kill('SIGCONT');
      await site.expectExit(other, 0);
      await site.expectExit(sleeper, 0);

      expect(before.length).toBeGreaterThan(0);
      expect(await core.updates()).toEqual(Array.from({ length: blocks }, (_, block) => block));
      expect(await core.transactions()).toBe(blocks);
      for (const { id, lease } of stopped) {
        const job = await store.get(id);
        // What came of the job after the lease ran out was committed by the other one first.
        const entries = job?.history ?? [];
        const lost = entries.findIndex(({ event, at }) => event === 'lease-expired' && at >= (lease?.acquired_at ?? 0));
        expect({ id, lost: lost >= 0 }).toEqual({ id, lost: true });
        const results = entries.slice(lost + 1).filter(({ event }) => event === 'submitted' || event === 'completed');
        expect(results[0]?.by).toMatch(ownerOf(other));
      }
      expect(taken.length).toBe(stopped.length);
      await site.nothingRuns();
    },
    240_000,
  );
});
