import { setTimeout as delay } from 'node:timers/promises';
import { describe, expect } from '@jest/globals';
import { chainOf, serve } from './support/chain.ts';
import { ethereumForFile } from './support/ethereum-for-file.ts';
import { Installation } from './support/installation.ts';
import { completedBy } from './support/job-facts.ts';
import type { Program } from './support/program.ts';
import { runArguments } from './support/run-arguments.ts';
import { awsServices, mongoServer } from './support/services/services.ts';
import { expectSettledOnce, unfinished } from './support/settled.ts';
import { testAt } from './support/test-at.ts';

const BLOCKS = 40;
const INSTANCES = 3;
const KILL_EVERY_MS = 5_000;
const LEASE_SECONDS = 3;
/** Of the choice of the instance that dies next. */
const SEED = 20260101;

const ethereum = ethereumForFile();

describe('three instances on MongoDB, SQS, S3 and SNS, with EventBridge as cron', () => {
  testAt(
    'settle every block once and in order while one of them is killed with -9 every five seconds',
    async (site) => {
      const installation = new Installation(site, { aws: await awsServices(), mongo: await mongoServer() });
      await installation.setUp();
      const chain = chainOf(21, BLOCKS);
      const core = await ethereum().deploy(chain, -1, BLOCKS - 1);
      const [args, env] = runArguments({
        ethereum: ethereum(),
        core,
        nodeUrl: await serve(site, chain),
        dataDir: site.path('scratch'),
        more: [
          ...installation.flags,
          ...['--lease-seconds', String(LEASE_SECONDS), '--snos-job-buffer-size', '10'],
          ...['--simulated-prover-latency-ms', '500', '--max-concurrent-snos-jobs', '2'],
        ],
        env: installation.env,
      });
      const start = (): Program => site.start(args, env);
      const instances = Array.from({ length: INSTANCES }, start);
      const store = await installation.jobs();
      const settled = async (): Promise<boolean> => {
        const last = await store.latest('StateTransition', 'Completed');
        return last !== undefined && last.internal_id === BLOCKS - 1;
      };
      const random = sequence(SEED);
      let kills = 0;
      const deadline = Date.now() + 700_000;
      while (!(await settled())) {
        if (Date.now() > deadline) throw new Error(`not settled in time:\n${await unfinished(store)}`);
        await delay(KILL_EVERY_MS);
        const place = Math.floor(random() * INSTANCES);
        const victim = instances[place];
        if (victim === undefined) continue;
        // Nobody but us ends an instance.
        expect(victim.exitCode).toBeUndefined();
        victim.kill('SIGKILL');
        await site.expectExit(victim, 137);
        instances[place] = start();
        kills += 1;
      }
      process.stdout.write(`${BLOCKS} blocks, ${kills} kills\n`);
      expect(kills).toBeGreaterThan(2);

      // One visibility period after the end nothing is hidden any more that will come back.
      await delay(LEASE_SECONDS * 1_000);
      await site.eventually(
        'no message is left',
        async () => {
          const { worker_trigger: _cron, ...left } = await installation.messagesLeft();
          return Object.keys(left).length === 0;
        },
        { alive: instances },
      );
      for (const instance of instances) instance.kill('SIGTERM');
      for (const instance of instances) await site.expectExit(instance, 0);
      const jobs = await expectSettledOnce(core, chain, store, BLOCKS);
      expect(jobs.filter(({ outbox }) => outbox.entries.length > 0)).toEqual([]);
      expect(completedBy(jobs).size).toBeGreaterThan(1);
      expect(await (await installation.parked()).list(10)).toEqual([]);
      await installation.tearDown();
      await site.nothingRuns();
    },
    800_000,
  );
});

/** Numbers in [0, 1) that are the same in every run. */
function sequence(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}
