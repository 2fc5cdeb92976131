import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect } from '@jest/globals';
import { chainOf, serve } from './support/chain.ts';
import { Ethereum } from './support/ethereum.ts';
import { Installation } from './support/installation.ts';
import type { Program } from './support/program.ts';
import { runArguments } from './support/run-arguments.ts';
import { type PrivateAwsServices, privateAwsServices } from './support/services/private-services.ts';
import { mongoServer } from './support/services/services.ts';
import { testAt } from './support/test-at.ts';

const BLOCKS = 200;
const MOST_A_BLOCK = 12;
const MOST_AN_HOUR = 2_000;
/** Two empty polls of every queue, and a moment for the start. */
const UNTIL_IDLE_MS = 50_000;
/** Long enough for three long polls of every queue and two rounds of cron words. */
const IDLE_MS = 130_000;
const HOUR_MS = 3_600_000;

let ethereum: Ethereum;
let aws: PrivateAwsServices;
beforeAll(async () => {
  [ethereum, aws] = await Promise.all([Ethereum.start(), privateAwsServices()]);
}, 900_000);
afterAll(async () => {
  await ethereum?.stop();
  await aws?.stop();
});

describe('calls to SQS', () => {
  testAt(
    'are few for each block, and few while there is nothing to do',
    async (site) => {
      const installation = new Installation(site, { aws, mongo: await mongoServer() });
      await installation.setUp();
      const chain = chainOf(41, BLOCKS);
      const core = await ethereum.deploy(chain, -1, BLOCKS - 1);
      const setup = { ethereum, core, nodeUrl: await serve(site, chain), dataDir: site.path('scratch') };
      const more = [...installation.flags, '--aws-event-bridge'];

      const before = await answered();
      const busy = site.start(
        ...runArguments({
          ...setup,
          more: [...more, '--exit-when-settled', String(BLOCKS - 1)],
          env: installation.env,
        }),
      );
      await site.expectExit(busy, 0);
      const byLog = (await answered()) - before;
      const byMetric = countedBy(busy);
      process.stdout.write(
        `${BLOCKS} blocks: ${byMetric} calls to SQS by the program's count, ${byLog} by LocalStack's log: ${(byMetric / BLOCKS).toFixed(2)} a block\n`,
      );
      expect(byMetric / BLOCKS).toBeLessThanOrEqual(MOST_A_BLOCK);
      // What was cut off at the end is sent, and not always answered.
      expect(Math.abs(byLog - byMetric)).toBeLessThanOrEqual(20);

      const idle = site.start(...runArguments({ ...setup, more, env: installation.env }));
      await site.eventually('it is up', () => idle.prints(/orchestrator starts/), { alive: [idle] });
      await delay(UNTIL_IDLE_MS);
      const start = Date.now();
      const idleBefore = await answered();
      await delay(IDLE_MS);
      const calls = (await answered()) - idleBefore;
      const anHour = (calls * HOUR_MS) / (Date.now() - start);
      process.stdout.write(`idle: ${calls} calls in ${IDLE_MS / 1000} s, ${anHour.toFixed(0)} an hour\n`);
      expect(anHour).toBeLessThanOrEqual(MOST_AN_HOUR);
      idle.kill('SIGTERM');
      await site.expectExit(idle, 0);
      await installation.tearDown();
      await site.nothingRuns();
    },
    900_000,
  );
});

/** Requests to SQS that LocalStack has answered. */
async function answered(): Promise<number> {
  return (await aws.requestLog()).filter(({ service }) => service === 'sqs').length;
}

/** Of the line that the program closes with. */
function countedBy(program: Program): number {
  const line = program
    .tail()
    .split('\n')
    .findLast((text) => text.includes('"aws calls"'));
  if (line === undefined) throw new Error('the program did not say how many calls it made');
  const { calls } = JSON.parse(line) as { readonly calls: Readonly<Record<string, number>> };
  return Object.entries(calls).reduce((sum, [name, count]) => (name.startsWith('sqs.') ? sum + count : sum), 0);
}
