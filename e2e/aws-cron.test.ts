import { setTimeout as delay } from 'node:timers/promises';
import { describe, expect } from '@jest/globals';
import { GeneratedChain } from '../src/devnet/chain/generated/generated-chain.ts';
import { chainOf, serve } from './support/chain.ts';
import { ethereumForFile } from './support/ethereum-for-file.ts';
import { Installation } from './support/installation.ts';
import { runArguments } from './support/run-arguments.ts';
import { awsServices, mongoServer } from './support/services/services.ts';
import { testAt } from './support/test-at.ts';

const UUID = /^cron message [0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

const ethereum = ethereumForFile();

describe('EventBridge as the only cron', () => {
  testAt(
    'has the first block of an idle chain picked up by a message that its rule sent',
    async (site) => {
      const installation = new Installation(site, { aws: await awsServices(), mongo: await mongoServer() });
      await installation.setUp();
      let head = 0;
      const chain = new GeneratedChain({ seed: 22, head: () => head });
      const whole = chainOf(22, 2);
      const core = await ethereum().deploy(whole, 0, 1);
      const run = site.start(
        ...runArguments({
          ethereum: ethereum(),
          core,
          nodeUrl: await serve(site, chain),
          dataDir: site.path('scratch'),
          more: [...installation.flags, '--aws-event-bridge', '--exit-when-settled', '1'],
          env: installation.env,
        }),
      );
      await site.eventually('it is up', () => run.prints(/orchestrator starts/), { alive: [run] });
      // What it plans by itself when it starts finds nothing: block 0 is settled, and there is no other yet.
      await delay(5_000);
      const store = await installation.jobs();
      expect(await store.latest('SnosRun')).toBeUndefined();
      head = 1;
      await site.expectExit(run, 0);
      expect(await core.updates()).toEqual([1]);
      const [created] = (await store.find('SnosRun', 1))?.history ?? [];
      expect(created).toMatchObject({ event: 'created', note: expect.stringMatching(UUID) });
      process.stdout.write(`first history entry: ${JSON.stringify(created)}\n`);
      await installation.tearDown();
      await site.nothingRuns();
    },
    400_000,
  );
});
