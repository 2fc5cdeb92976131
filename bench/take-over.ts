/**
 * `node bench/take-over.ts [LEASE SECONDS...]`: two instances on one directory, one of them killed with -9; the time from the kill
 * to the next claim of each job that it held. Five kills a lease; default 5 and 30 (the default of `run`).
 */
import { setTimeout as delay } from 'node:timers/promises';
import { chainOf, serve } from '../e2e/support/chain.ts';
import { Ethereum } from '../e2e/support/ethereum.ts';
import { AHEAD } from '../e2e/support/far-ahead.ts';
import { leasesOf, ownerOf } from '../e2e/support/job-facts.ts';
import { runArguments } from '../e2e/support/run-arguments.ts';
import { Site } from '../e2e/support/site.ts';
import type { JobStore } from '../src/database/job-store.ts';

const KILLS = 5;
const LOOK_MS = 10;
const BLOCKS = 600;

const given = process.argv.slice(2).map(Number);
const ethereum = await Ethereum.start();
try {
  for (const lease of given.length === 0 ? [5, 30] : given) await measure(lease);
} finally {
  await ethereum.stop();
}

async function measure(leaseSeconds: number): Promise<void> {
  const site = await Site.open();
  try {
    const chain = chainOf(8, AHEAD);
    const core = await ethereum.deploy(chain, -1, BLOCKS);
    const [args, env] = runArguments({
      ethereum,
      core,
      nodeUrl: await serve(site, chain),
      dataDir: site.path('data'),
      // Enough to do for both at any time, and no stage is over in an instant.
      more: ['--lease-seconds', String(leaseSeconds), '--snos-job-buffer-size', '20'],
    });
    const survivor = site.start(args, env);
    const store = await site.store(site.path('data'));
    // Not while its own hands are full with the first blocks: then a job waits for a free hand, not for the lease.
    await site.eventually('a block is settled', () => store.latest('StateTransition', 'Completed'), {
      alive: [survivor],
    });
    const worst: number[] = [];
    process.stdout.write(
      `lease ${leaseSeconds} s: seconds from kill -9 to the next claim, each job that the dead one held\n`,
    );
    for (let kill = 1; kill <= KILLS; kill += 1) {
      const victim = site.start(args, env);
      const owner = ownerOf(victim);
      await site.eventually('it holds jobs', async () => (await leasesOf(store, owner)).length > 0, {
        alive: [survivor, victim],
      });
      victim.kill('SIGKILL');
      const killedAt = Date.now();
      await victim.exited;
      const held = await leasesOf(store, owner);
      const times = await Promise.all(held.map(({ id }) => nextClaim(store, id, owner, killedAt)));
      const seconds = times.map((at) => (at - killedAt) / 1000).toSorted((a, b) => a - b);
      process.stdout.write(`  kill ${kill}: ${seconds.map((time) => time.toFixed(2)).join(' ')}\n`);
      worst.push(seconds.at(-1) ?? Number.NaN);
    }
    const median = worst.toSorted((a, b) => a - b)[Math.floor(KILLS / 2)] ?? Number.NaN;
    process.stdout.write(
      `  median of the longest of each kill: ${median.toFixed(2)} s (lease + 2 s is ${leaseSeconds + 2} s)\n`,
    );
  } finally {
    await site.close();
  }
}

/** When somebody else claimed the job, by the claim's own clock. */
async function nextClaim(store: JobStore, id: string, dead: RegExp, killedAt: number): Promise<number> {
  for (;;) {
    const job = await store.get(id);
    if (job?.lease && job.lease.acquired_at >= killedAt && !dead.test(job.lease.owner)) return job.lease.acquired_at;
    // A claim can be over between two looks; what came of it is in the history.
    const later = job?.history.find(({ at, by }) => at >= killedAt && by !== null && !dead.test(by));
    if (later !== undefined) return later.at;
    await delay(LOOK_MS);
  }
}
