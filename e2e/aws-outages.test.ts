import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect } from '@jest/globals';
import type { Job } from '../src/jobs/job.ts';
import { chainOf, serve } from './support/chain.ts';
import { Ethereum } from './support/ethereum.ts';
import { Installation } from './support/installation.ts';
import type { Program } from './support/program.ts';
import { runArguments } from './support/run-arguments.ts';
import {
  type PrivateAwsServices,
  type PrivateMongoServer,
  privateAwsServices,
  privateMongoServer,
} from './support/services/private-services.ts';
import { attemptsSpent, expectSettledOnce } from './support/settled.ts';
import type { Site } from './support/site.ts';
import { TcpProxy } from './support/tcp-proxy.ts';
import { testAt } from './support/test-at.ts';

const BLOCKS = 25;
const OUTAGE_MS = 20_000;

let ethereum: Ethereum;
let aws: PrivateAwsServices;
let mongo: PrivateMongoServer;
beforeAll(async () => {
  [ethereum, aws, mongo] = await Promise.all([Ethereum.start(), privateAwsServices(), privateMongoServer()]);
}, 900_000);
afterAll(async () => {
  await ethereum?.stop();
  await aws?.stop();
  await mongo?.stop();
});

/** Two instances that settle the chain while `hurt` does what it does once a few blocks are settled. */
async function settleThrough(
  site: Site,
  seed: number,
  installation: Installation,
  hurt: () => Promise<void>,
): Promise<{ readonly jobs: Job[]; readonly alerts: string[]; readonly instances: readonly Program[] }> {
  await installation.setUp();
  const alerts = await installation.listenForAlerts();
  const chain = chainOf(seed, BLOCKS);
  const core = await ethereum.deploy(chain, -1, BLOCKS - 1);
  const [args, env] = runArguments({
    ethereum,
    core,
    nodeUrl: await serve(site, chain),
    dataDir: site.path('scratch'),
    // The store is to be missed by work that is under way: there is always some.
    more: [...installation.flags, '--snos-job-buffer-size', '8', '--simulated-prover-latency-ms', '700'],
    env: installation.env,
  });
  const instances = [site.start(args, env), site.start(args, env)];
  await site.eventually('some blocks are settled', async () => (await core.position()) >= 3, { alive: instances });
  const before = await core.position();
  expect(before).toBeLessThan(BLOCKS - 1);
  await hurt();
  await site.eventually('all blocks are settled', async () => (await core.position()) === BLOCKS - 1, {
    alive: instances,
    limitMs: 240_000,
  });
  const store = await installation.jobs();
  await site.eventually(
    'all jobs are done',
    async () => (await store.latest('StateTransition', 'Completed'))?.internal_id === BLOCKS - 1,
    { alive: instances },
  );
  for (const instance of instances) instance.kill('SIGTERM');
  for (const instance of instances) await site.expectExit(instance, 0);
  const jobs = await expectSettledOnce(core, chain, store, BLOCKS);
  await site.nothingRuns();
  return { jobs, alerts: await alerts(), instances };
}

/** One alert when it went down and one when it came back, and no other. */
function expectOneIncident(alerts: readonly string[], dependency: RegExp): void {
  process.stdout.write(`alerts: ${JSON.stringify(alerts)}\n`);
  const opened = alerts.filter((text) => dependency.test(text) && !/again/.test(text));
  const closed = alerts.filter((text) => dependency.test(text) && /again/.test(text));
  expect({ opened: opened.length, closed: closed.length, all: alerts.length }).toEqual({
    opened: 1,
    closed: 1,
    all: 2,
  });
}

describe('an installation on MongoDB and AWS goes on', () => {
  testAt(
    'when all queues are purged in the middle',
    async (site) => {
      const installation = new Installation(site, { aws, mongo });
      const { jobs, alerts } = await settleThrough(site, 31, installation, () => installation.purgeAll());
      expect(attemptsSpent(jobs)).toEqual([]);
      expect(alerts).toEqual([]);
    },
    400_000,
  );

  testAt(
    'when MongoDB stands still for 20 s',
    async (site) => {
      const installation = new Installation(site, { aws, mongo });
      const { jobs, alerts } = await settleThrough(site, 32, installation, async () => {
        await mongo.freeze();
        await delay(OUTAGE_MS);
        mongo.thaw();
      });
      expect(attemptsSpent(jobs)).toEqual([]);
      expectOneIncident(alerts, /: database|back: database/);
    },
    400_000,
  );

  testAt(
    'when MongoDB is stopped and started again',
    async (site) => {
      const installation = new Installation(site, { aws, mongo });
      const { jobs, alerts } = await settleThrough(site, 33, installation, async () => {
        await mongo.stop();
        await delay(OUTAGE_MS / 2);
        await mongo.restart();
      });
      expect(attemptsSpent(jobs)).toEqual([]);
      expectOneIncident(alerts, /: database|back: database/);
    },
    400_000,
  );

  testAt(
    'when SQS, S3 and SNS stand still for 20 s',
    async (site) => {
      const installation = new Installation(site, { aws, mongo });
      const { jobs, alerts } = await settleThrough(site, 34, installation, async () => {
        await aws.freeze();
        await delay(OUTAGE_MS);
        aws.thaw();
      });
      expect(attemptsSpent(jobs)).toEqual([]);
      process.stdout.write(`alerts: ${JSON.stringify(alerts)}\n`);
      for (const system of ['queues', 'objects']) {
        const about = alerts.filter((text) => text.includes(`: ${system}`));
        // A service that nobody called meanwhile was not missed.
        expect(about.filter((text) => !/again/.test(text)).length).toBeLessThanOrEqual(1);
        expect(about.filter((text) => /again/.test(text)).length).toBe(about.length / 2);
      }
      expect(alerts.length).toBeGreaterThanOrEqual(2);
    },
    400_000,
  );

  testAt(
    'when connections to both are cut in the middle of calls',
    async (site) => {
      const proxies = await Promise.all([aws.endpoint, mongo.url].map((url) => TcpProxy.start(placeOf(url))));
      for (const proxy of proxies) site.atEnd(() => proxy.stop());
      const [awsProxy, mongoProxy] = proxies as [TcpProxy, TcpProxy];
      const installation = new Installation(site, {
        aws: { ...aws, endpoint: `http://127.0.0.1:${awsProxy.port}` },
        mongo: { url: mongo.url.replace(placeOf(mongo.url).host, '127.0.0.1').replace(/:\d+/, `:${mongoProxy.port}`) },
        seen: { endpoint: aws.endpoint, mongoUrl: mongo.url },
      });
      const { jobs } = await settleThrough(site, 35, installation, async () => {
        for (let round = 0; round < 12; round += 1) {
          for (const proxy of proxies) {
            proxy.cutNext(round % 2 === 0 ? 'answer' : 'half', () => true);
            if (round % 4 === 3) proxy.cutAll();
          }
          await delay(700);
        }
      });
      process.stdout.write(`connections cut: ${awsProxy.cuts} to AWS, ${mongoProxy.cuts} to MongoDB\n`);
      expect(awsProxy.cuts).toBeGreaterThan(5);
      expect(mongoProxy.cuts).toBeGreaterThan(5);
      expect(attemptsSpent(jobs)).toEqual([]);
    },
    400_000,
  );
});

function placeOf(url: string): { readonly host: string; readonly port: number } {
  const { hostname, port } = new URL(url);
  return { host: hostname, port: Number(port) };
}
