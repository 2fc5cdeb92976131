import { afterAll, beforeAll, describe, expect } from '@jest/globals';
import { GeneratedChain } from '../src/devnet/chain/generated/generated-chain.ts';
import { serve } from './support/chain.ts';
import { Ethereum } from './support/ethereum.ts';
import { Installation } from './support/installation.ts';
import { runArguments } from './support/run-arguments.ts';
import { awsServices, mongoServer } from './support/services/services.ts';
import { expectSettledOnce } from './support/settled.ts';
import { testAt } from './support/test-at.ts';

const UUID = /^cron message [0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

let ethereum: Ethereum;
beforeAll(async () => {
  ethereum = await Ethereum.start();
}, 120_000);
afterAll(async () => {
  await ethereum?.stop();
});

describe('EventBridge as the only cron', () => {
  testAt(
    'has the first block of an idle chain picked up by a message that its rule sent',
    async (site) => {
      const installation = new Installation(site, { aws: await awsServices(), mongo: await mongoServer() });
      await installation.setUp();
      let head = -1;
      const chain = new GeneratedChain({ seed: 22, head: () => head });
      const planned = new GeneratedChain({ seed: 22, head: () => 0 });
      const core = await ethereum.deploy(planned, -1, 0);
      const run = site.start(
        ...runArguments({
          ethereum,
          core,
          nodeUrl: await serve(site, chain),
          dataDir: site.path('scratch'),
          more: [...installation.flags, '--aws-event-bridge', '--exit-when-settled', '0'],
          env: installation.env,
        }),
      );
      await site.eventually('it is up', () => run.prints(/orchestrator starts/), { alive: [run] });
      const store = await installation.jobs();
      // What it plans by itself when it starts finds nothing, since there is no block yet.
      await site.eventually('a rule has fired once', () => run.prints(/cron message/), {
        alive: [run],
        limitMs: 180_000,
      });
      expect(await store.latest('SnosRun')).toBeUndefined();
      head = 0;
      await site.expectExit(run, 0);
      const [first] = (await expectSettledOnce(core, planned, store, 1)).filter(
        ({ job_type }) => job_type === 'SnosRun',
      );
      expect(first?.history[0]).toMatchObject({ event: 'created', note: expect.stringMatching(UUID) });
      process.stdout.write(`first history entry: ${JSON.stringify(first?.history[0])}\n`);
      await installation.tearDown();
      await site.nothingRuns();
    },
    400_000,
  );
});
