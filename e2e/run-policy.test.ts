import { randomBytes } from 'node:crypto';
import { Readable } from 'node:stream';
import { describe, expect, it } from '@jest/globals';
import { cronChecks } from '../src/app/doctor/cron-checks.ts';
import { infrastructureChecks } from '../src/app/doctor/infrastructure-checks.ts';
import { openInfrastructure } from '../src/app/open-infrastructure.ts';
import type { AwsCall } from '../src/aws/call-counts.ts';
import { systemClock, systemEntropy } from '../src/clock/system-clock.ts';
import { embeddedInfrastructure, type InfrastructureConfig } from '../src/config/infrastructure-config.ts';
import type { PolicyDocument } from '../src/provisioning/aws/iam-document.ts';
import { QUEUE_NAMES } from '../src/queues/queue.ts';
import { isConditional } from '../src/storage/conditional-object-store.ts';
import { isExpiring } from '../src/storage/expiring-object-store.ts';
import { silentLog } from '../src/telemetry/log.ts';
import { ALL_OF_AWS, Installation } from './support/installation.ts';
import { refusedCalls } from './support/policy.ts';
import { awsServices, mongoServer } from './support/services/services.ts';
import { setupConfig } from './support/setup-config.ts';
import { ACCOUNT, CREDENTIALS, newPrefix, runCommand } from './support/setup-runs.ts';
import { testAt } from './support/test-at.ts';

/** More than one part of an upload. */
const LARGE_BYTES = 20 * 2 ** 20;

describe('what run does on AWS', () => {
  testAt('is allowed by the policy that setup prints for it', async (site) => {
    const installation = new Installation(site, { aws: await awsServices(), mongo: await mongoServer() });
    await installation.setUp();
    const printed = await site.command(['setup', ...ALL_OF_AWS, '--print-policy'], installation.env);
    const { run: policy } = JSON.parse(printed.stdout) as { readonly run: PolicyDocument };
    const { region, endpoint } = installation.access;
    const config: InfrastructureConfig = {
      ...embeddedInfrastructure(site.path('data')),
      aws: { region, endpoint, prefix: installation.prefix },
      queues: { kind: 'sqs', identifier: 'mo_{}_queue', older: undefined },
      objects: { kind: 's3', identifier: 'mo-bucket', keyPrefix: undefined },
      alerts: { kind: 'sns', identifier: 'alerts' },
    };
    const calls: AwsCall[] = [];
    const around = {
      clock: systemClock,
      entropy: systemEntropy,
      log: silentLog,
      onAwsCall: (call: AwsCall) => void calls.push(call),
    };
    await infrastructureChecks(config, around);
    const infrastructure = await openInfrastructure(config, around);
    site.atEnd(() => infrastructure.close());
    await everyCallOf(infrastructure);

    const made = [...new Set(calls.map(({ service, operation }) => `${service}:${operation}`))].sort();
    process.stdout.write(`calls of run: ${made.join(' ')}\n`);
    for (const operation of ['sqs:ReceiveMessage', 'sqs:ChangeMessageVisibility', 's3:UploadPart', 'sns:Publish'])
      expect(made.join(' ')).toContain(operation);
    expect(refusedCalls(calls, policy, { region, account: ACCOUNT })).toEqual([]);
    await infrastructure.objects.delete('1/large');
    await installation.tearDown();
  });

  it.each([
    { kind: 'rule', resources: 4 },
    { kind: 'schedule', resources: 5 },
  ] as const)('lets doctor see that every $kind is as setup made it', async ({ kind, resources }) => {
    Object.assign(process.env, CREDENTIALS);
    const access = await awsServices();
    const prefix = newPrefix();
    const eventBridge = { ...setupConfig(access, prefix).eventBridge, kind };
    const wanted = { storage: false, queues: true, alerts: false, cron: true };
    const printed = await runCommand(access, 'setup', prefix, { printPolicy: true, eventBridge });
    const { run: policy } = JSON.parse(printed.lines.join('\n')) as { readonly run: PolicyDocument };
    expect((await runCommand(access, 'setup', prefix, { wanted, eventBridge })).code).toBe(0);
    const calls: AwsCall[] = [];
    const observed = { ...access, onCall: (call: AwsCall) => void calls.push(call) };
    const checks = await cronChecks(setupConfig(observed, prefix, { wanted, eventBridge }));
    expect(checks.map(({ state }) => state)).toEqual(Array.from({ length: resources }, () => 'ok'));
    expect(refusedCalls(calls, policy, { region: access.region, account: ACCOUNT })).toEqual([]);
    expect((await runCommand(access, 'teardown', prefix, { wanted, eventBridge })).code).toBe(0);
  });
});

/** Every method of the ports that reach AWS, each at least once. */
async function everyCallOf(infrastructure: Awaited<ReturnType<typeof openInfrastructure>>): Promise<void> {
  const { queues, objects, alerts } = infrastructure;
  for (const name of QUEUE_NAMES.filter((type) => !type.startsWith('proof_registration'))) {
    const queue = queues.queue(name);
    await queue.send([{ body: '"Snos"', attributes: { Sequence: '1' }, delayMs: 0 }]);
    const [message] = await queue.receive({ max: 1, visibilityMs: 5_000, waitMs: 2_000 });
    await queue.setVisibility(message?.receipt ?? '', 1_000);
    await queue.delete([message?.receipt ?? '']);
    await queue.depth();
  }
  await objects.put('1/small', new Uint8Array([1, 2, 3]));
  await objects.put('1/large', Readable.from([randomBytes(LARGE_BYTES)]));
  await objects.get('1/small');
  (await objects.stream('1/small')).destroy();
  await objects.head('1/small');
  await objects.head('1/none');
  await objects.list('1/');
  if (isConditional(objects)) await objects.putIfAbsent('alerts/one', new Uint8Array([1]));
  if (isExpiring(objects)) await objects.tagForExpiry('1/small');
  await objects.delete('1/small');
  await alerts.send({ fingerprint: 'policy', text: 'An alert.' });
}
