import {
  DisableRuleCommand,
  PutRuleCommand,
  PutTargetsCommand,
  RemoveTargetsCommand,
} from '@aws-sdk/client-eventbridge';
import {
  type BucketLocationConstraint,
  CreateBucketCommand,
  CreateMultipartUploadCommand,
  DeleteBucketCommand,
  DeleteObjectCommand,
  GetObjectCommand,
  PutBucketLifecycleConfigurationCommand,
  PutBucketVersioningCommand,
  PutObjectCommand,
} from '@aws-sdk/client-s3';
import {
  CreateQueueCommand,
  GetQueueUrlCommand,
  SetQueueAttributesCommand,
  UntagQueueCommand,
} from '@aws-sdk/client-sqs';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { runTeardown } from '../src/app/setup.ts';
import type { AwsCall } from '../src/aws/call-counts.ts';
import { type AwsClients, awsClients } from '../src/provisioning/aws/aws-clients.ts';
import type { PolicyDocument } from '../src/provisioning/aws/iam-document.ts';
import { awsState, NOTHING } from './support/aws-state.ts';
import { refusedCalls } from './support/policy.ts';
import { awsServices } from './support/services/services.ts';
import { setupConfig } from './support/setup-config.ts';
import {
  ACCOUNT,
  type Changes,
  CREDENTIALS,
  changing,
  newPrefix,
  type Place,
  runCommand,
  type SetupCommand,
  type SetupRun,
  tally,
} from './support/setup-runs.ts';

let access: Place;
let clients: AwsClients;

beforeAll(async () => {
  Object.assign(process.env, CREDENTIALS);
  access = await awsServices();
  clients = awsClients(access);
});

afterAll(() => clients.close());

const run = (command: SetupCommand, prefix: string, changes: Changes = {}): Promise<SetupRun> =>
  runCommand(access, command, prefix, changes);

const NO_GROUP = { storage: false, queues: false, alerts: false, cron: false };
const SCHEDULE = { ...setupConfig({ region: '', endpoint: undefined }, '').eventBridge, kind: 'schedule' } as const;

describe('setup', () => {
  it('makes everything as existing deployments have it, and a second run changes nothing', async () => {
    const prefix = newPrefix();
    const first = await run('setup', prefix);
    expect([first.code, tally(first)]).toEqual([0, { created: 16 }]);

    const state = await awsState(access, prefix);
    const arn = (type: string) => `arn:aws:sqs:${access.region}:${ACCOUNT}:${prefix}_mo_${type}_queue`;
    const jobTypes = ['snos', 'proving', 'data_submission', 'update_state'];
    const jobQueues = jobTypes.flatMap((type) => [`${type}_job_processing`, `${type}_job_verification`]);
    const all = [...jobQueues, 'job_handle_failure', 'worker_trigger'];
    expect(Object.keys(state.queues)).toEqual(all.map((type) => `${prefix}_mo_${type}_queue`).sort());
    for (const type of all) {
      const queue = state.queues[`${prefix}_mo_${type}_queue`];
      expect(queue).toMatchObject({
        QueueArn: arn(type),
        VisibilityTimeout: type === 'update_state_job_processing' ? '1080' : '360',
        MessageRetentionPeriod: type === 'worker_trigger' ? '60' : '345600',
        ReceiveMessageWaitTimeSeconds: '20',
        tags: { 'managed-by': 'starknet-orchestrator', 'orchestrator-prefix': prefix },
      });
      const redrive = queue?.RedrivePolicy;
      if (!jobQueues.includes(type)) expect(redrive).toBeUndefined();
      else {
        const { deadLetterTargetArn, maxReceiveCount } = JSON.parse(String(redrive)) as Record<string, unknown>;
        expect([deadLetterTargetArn, Number(maxReceiveCount)]).toEqual([arn('job_handle_failure'), 5]);
      }
    }
    const words = ['Snos', 'Proving', 'DataSubmission', 'UpdateState'];
    const policy = JSON.parse(String(state.queues[`${prefix}_mo_worker_trigger_queue`]?.Policy)) as PolicyDocument;
    expect(policy.Statement).toMatchObject([
      {
        Effect: 'Allow',
        Principal: { Service: 'events.amazonaws.com' },
        Action: 'sqs:SendMessage',
        Resource: arn('worker_trigger'),
        Condition: {
          ArnEquals: {
            'aws:SourceArn': words.map(
              (word) => `arn:aws:events:${access.region}:${ACCOUNT}:rule/${prefix}-mo-wt-rule-${word.toLowerCase()}`,
            ),
          },
        },
      },
    ]);
    for (const word of words) {
      expect(state.rules[`${prefix}-mo-wt-rule-${word.toLowerCase()}`]).toMatchObject({
        ScheduleExpression: 'rate(1 minute)',
        State: 'ENABLED',
        targets: [
          { Id: 'worker-trigger', Arn: arn('worker_trigger'), InputTransformer: { InputTemplate: `"${word}"` } },
        ],
      });
    }
    expect(Object.keys(state.rules)).toHaveLength(4);
    expect(state.buckets[`${prefix}-mo-bucket`]).toMatchObject({
      rules: [
        {
          ID: 'expire-settled-artifacts',
          Status: 'Enabled',
          Filter: { Tag: { Key: 'expire-after-settlement', Value: 'true' } },
          Expiration: { Days: 14 },
        },
        { ID: 'abort-incomplete-uploads', AbortIncompleteMultipartUpload: { DaysAfterInitiation: 7 } },
      ],
      publicAccess: { BlockPublicAcls: true, RestrictPublicBuckets: true },
    });
    expect(Object.keys(state.topics)).toEqual([`${prefix}_alerts`]);
    expect([state.schedules, state.roles]).toEqual([{}, {}]);

    const second = await run('setup', prefix);
    expect(second.lines.at(-1)).toBe('16 unchanged. Nothing was changed.');
    expect([second.code, changing(second.calls)]).toEqual([0, []]);
    expect(await awsState(access, prefix)).toEqual(state);

    const end = await run('teardown', prefix);
    expect([end.code, tally(end)]).toEqual([0, { removed: 16 }]);
    expect(await awsState(access, prefix)).toEqual(NOTHING);
    const again = await run('teardown', prefix);
    expect([again.code, changing(again.calls)]).toEqual([0, []]);
    expect(again.lines.at(-1)).toBe('16 absent. Nothing was changed.');
  });

  it('prints what it would do with --plan, and does none of it', async () => {
    const prefix = newPrefix();
    const { code, lines, calls } = await run('setup', prefix, { plan: true });
    expect([code, changing(calls)]).toEqual([0, []]);
    expect(lines).toContain(`* SNS topic ${prefix}_alerts: would be created`);
    expect(lines.at(-1)).toMatch(/^\d+ changes would be made; nothing was changed\.$/);
    expect(await awsState(access, prefix)).toEqual(NOTHING);
    expect((await run('setup', prefix)).code).toBe(0);
    expect((await run('setup', prefix, { plan: true })).lines.at(-1)).toBe('Nothing would change.');
    const removal = await run('teardown', prefix, { plan: true });
    expect([removal.code, changing(removal.calls)]).toEqual([0, []]);
    expect((await run('teardown', prefix)).code).toBe(0);
  });

  it('keeps schedules with a role of their own, and replaces rules by them', async () => {
    const prefix = newPrefix();
    expect((await run('setup', prefix)).code).toBe(0);
    const replaced = await run('setup', prefix, { eventBridge: { ...SCHEDULE, intervalSeconds: 300 } });
    expect([replaced.code, tally(replaced)]).toEqual([0, { unchanged: 11, updated: 1, created: 5, removed: 4 }]);
    const state = await awsState(access, prefix);
    expect(state.rules).toEqual({});
    expect(state.queues[`${prefix}_mo_worker_trigger_queue`]?.Policy ?? '').toBe('');
    const queue = `arn:aws:sqs:${access.region}:${ACCOUNT}:${prefix}_mo_worker_trigger_queue`;
    for (const word of ['Snos', 'Proving', 'DataSubmission', 'UpdateState']) {
      expect(state.schedules[`${prefix}-mo-wt-rule-${word.toLowerCase()}`]).toMatchObject({
        GroupName: 'default',
        ScheduleExpression: 'rate(5 minutes)',
        ScheduleExpressionTimezone: 'UTC',
        FlexibleTimeWindow: { Mode: 'OFF' },
        State: 'ENABLED',
        Target: { Arn: queue, RoleArn: `arn:aws:iam::${ACCOUNT}:role/${prefix}-mo-wt-role`, Input: `"${word}"` },
      });
    }
    expect(state.roles[`${prefix}-mo-wt-role`]).toMatchObject({
      trust: {
        Statement: [
          {
            Principal: { Service: 'scheduler.amazonaws.com' },
            Action: 'sts:AssumeRole',
            Condition: { StringEquals: { 'aws:SourceAccount': ACCOUNT } },
          },
        ],
      },
      policies: {
        [`${prefix}-mo-wt-policy`]: { Statement: [{ Effect: 'Allow', Action: 'sqs:SendMessage', Resource: queue }] },
      },
    });
    // Teardown needs not be told which kind there is.
    expect((await run('teardown', prefix)).code).toBe(0);
    expect(await awsState(access, prefix)).toEqual(NOTHING);
  });

  it('leaves the role of an installation with the same names in another region alone', async () => {
    const prefix = newPrefix();
    const wanted = { ...NO_GROUP, queues: true, cron: true };
    const there = { ...access, region: access.region === 'us-west-2' ? 'eu-west-1' : 'us-west-2' };
    expect((await run('setup', prefix, { wanted, eventBridge: SCHEDULE })).code).toBe(0);
    const before = await awsState(access, prefix);
    const rules = await runCommand(there, 'setup', prefix, { wanted });
    expect([rules.code, tally(rules)]).toEqual([0, { created: 14, kept: 1 }]);
    const schedules = await runCommand(there, 'setup', prefix, { wanted, eventBridge: SCHEDULE });
    expect(schedules.code).toBe(1);
    expect(schedules.lines.join('\n')).toMatch(/mo-wt-role is used by another installation/);
    expect((await runCommand(there, 'teardown', prefix, { wanted })).code).toBe(0);
    expect(await awsState(access, prefix)).toEqual(before);
    expect((await run('teardown', prefix, { wanted })).code).toBe(0);
    expect(await awsState(access, prefix)).toEqual(NOTHING);
  });

  it('mends what was changed by hand', async () => {
    const prefix = newPrefix();
    await run('setup', prefix);
    const wanted = await awsState(access, prefix);
    const queue = async (type: string) =>
      (await clients.sqs.send(new GetQueueUrlCommand({ QueueName: `${prefix}_mo_${type}_queue` }))).QueueUrl;
    const attributes = async (type: string, Attributes: Record<string, string>) =>
      await clients.sqs.send(new SetQueueAttributesCommand({ QueueUrl: await queue(type), Attributes }));
    await attributes('snos_job_processing', { VisibilityTimeout: '30', RedrivePolicy: '' });
    await attributes('worker_trigger', { Policy: '' });
    const rule = (word: string) => `${prefix}-mo-wt-rule-${word}`;
    await clients.events.send(new DisableRuleCommand({ Name: rule('snos') }));
    await clients.events.send(new RemoveTargetsCommand({ Rule: rule('proving'), Ids: ['worker-trigger'] }));
    await clients.events.send(new PutRuleCommand({ Name: rule('updatestate'), ScheduleExpression: 'rate(1 day)' }));
    const older = { Id: 'e2d7', Arn: `arn:aws:sqs:${access.region}:${ACCOUNT}:${prefix}_mo_worker_trigger_queue` };
    await clients.events.send(new PutTargetsCommand({ Rule: rule('datasubmission'), Targets: [older] }));
    const foreign = {
      ID: 'of-somebody',
      Status: 'Enabled',
      Filter: { Prefix: 'x/' },
      Expiration: { Days: 3 },
    } as const;
    await clients.s3.send(
      new PutBucketLifecycleConfigurationCommand({
        Bucket: `${prefix}-mo-bucket`,
        LifecycleConfiguration: { Rules: [foreign] },
      }),
    );

    const again = await run('setup', prefix);
    expect([again.code, tally(again)]).toEqual([0, { updated: 7, unchanged: 9 }]);
    const mended = await awsState(access, prefix);
    const bucket = mended.buckets[`${prefix}-mo-bucket`];
    expect(bucket?.rules).toEqual(expect.arrayContaining([expect.objectContaining({ ID: 'of-somebody' })]));
    expect(bucket?.rules).toHaveLength(3);
    expect({ ...mended, buckets: {} }).toEqual({ ...wanted, buckets: {} });
    expect((await run('teardown', prefix)).code).toBe(0);
  });

  it('looks after queues that were there before, and teardown leaves them', async () => {
    const prefix = newPrefix();
    const QueueName = `${prefix}_mo_snos_job_processing_queue`;
    await clients.sqs.send(new CreateQueueCommand({ QueueName, Attributes: { VisibilityTimeout: '300' } }));
    const similar = `${prefix}_mo_snos_job_processing_queue_of_others`;
    await clients.sqs.send(new CreateQueueCommand({ QueueName: similar }));
    const before = (await awsState(access, prefix)).queues[similar];

    const first = await run('setup', prefix);
    expect(tally(first)).toEqual({ created: 15, adopted: 1 });
    expect((await awsState(access, prefix)).queues[QueueName]).toMatchObject({
      VisibilityTimeout: '360',
      tags: { 'orchestrator-adopted': 'true' },
    });
    const end = await run('teardown', prefix);
    expect([end.code, tally(end)]).toEqual([0, { removed: 15, kept: 1 }]);
    expect(end.lines.join('\n')).toMatch(/snos_job_processing_queue +kept +it was there before setup/);
    const left = await awsState(access, prefix);
    expect(Object.keys(left.queues)).toEqual([QueueName, similar]);
    expect(left.queues[similar]).toEqual(before);

    const QueueUrl = (await clients.sqs.send(new GetQueueUrlCommand({ QueueName }))).QueueUrl;
    const TagKeys = ['managed-by', 'orchestrator-prefix', 'orchestrator-adopted'];
    await clients.sqs.send(new UntagQueueCommand({ QueueUrl, TagKeys }));
    const without = await run('teardown', prefix, {
      wanted: { ...NO_GROUP, queues: true },
    });
    expect(without.lines.join('\n')).toMatch(/kept +it does not bear the tag of setup/);
  });

  it('looks after an empty bucket that was there before, and teardown leaves it with what it holds by then', async () => {
    const prefix = newPrefix();
    const wanted = { ...NO_GROUP, storage: true };
    const Bucket = `${prefix}-mo-bucket`;
    const place = { LocationConstraint: access.region as BucketLocationConstraint };
    const outside = access.region === 'us-east-1' ? {} : { CreateBucketConfiguration: place };
    await clients.s3.send(new CreateBucketCommand({ Bucket, ...outside }));
    expect(tally(await run('setup', prefix, { wanted }))).toEqual({ adopted: 1 });
    await clients.s3.send(new PutObjectCommand({ Bucket, Key: '1/a', Body: 'x' }));
    expect(tally(await run('teardown', prefix, { wanted, deleteData: true }))).toEqual({ kept: 1 });
    expect((await clients.s3.send(new GetObjectCommand({ Bucket, Key: '1/a' }))).ContentLength).toBe(1);
    await clients.s3.send(new DeleteObjectCommand({ Bucket, Key: '1/a' }));
    await clients.s3.send(new DeleteBucketCommand({ Bucket }));
  });

  it('takes what is given by ARN as it is, and says when it is missing', async () => {
    const prefix = newPrefix();
    const only = { ...NO_GROUP, queues: true };
    const queueIdentifier = `arn:aws:sqs:${access.region}:${ACCOUNT}:${prefix}_mo_{}_queue`;
    const missing = await run('setup', 'other', { queueIdentifier, wanted: only });
    expect([missing.code, changing(missing.calls)]).toEqual([1, []]);
    expect(missing.lines.join('\n')).toContain('does not exist');
    await run('setup', prefix, { wanted: only });
    const given = await run('setup', 'other', { queueIdentifier, wanted: only });
    expect([given.code, given.lines.at(-1), changing(given.calls)]).toEqual([0, '10 given. Nothing was changed.', []]);
    const kept = await run('teardown', 'other', { queueIdentifier, wanted: only });
    expect([kept.lines.at(-1), changing(kept.calls)]).toEqual(['10 kept. Nothing was changed.', []]);
    expect((await run('teardown', prefix, { wanted: only })).lines.at(-1)).toBe('10 removed.');
  });
});

describe('teardown', () => {
  it('leaves a bucket that holds objects, unless its data is to go too', async () => {
    const prefix = newPrefix();
    const Bucket = `${prefix}-mo-bucket`;
    await run('setup', prefix);
    await clients.s3.send(new PutBucketVersioningCommand({ Bucket, VersioningConfiguration: { Status: 'Enabled' } }));
    for (const Body of ['first', 'second']) await clients.s3.send(new PutObjectCommand({ Bucket, Key: '1/a', Body }));
    await clients.s3.send(new CreateMultipartUploadCommand({ Bucket, Key: '1/b' }));

    const first = await run('teardown', prefix);
    expect([first.code, tally(first)]).toEqual([0, { removed: 15, kept: 1 }]);
    expect(first.lines.join('\n')).toMatch(/--delete-data removes it/);
    const left = await awsState(access, prefix);
    expect(Object.keys(left.buckets)).toEqual([Bucket]);
    expect(left.buckets[Bucket]?.rules).toBeUndefined();

    expect(tally(await run('teardown', prefix, { deleteData: true }))).toEqual({ removed: 1, absent: 15 });
    expect(await awsState(access, prefix)).toEqual(NOTHING);
  });

  it('asks first, and cannot ask without a terminal', async () => {
    const prefix = newPrefix();
    const refusal = run('teardown', prefix, { yes: false });
    await expect(refusal).rejects.toMatchObject({ code: 'USAGE', hint: expect.stringContaining('--yes') });
    await run('setup', prefix, { wanted: { ...NO_GROUP, alerts: true } });
    const lines: string[] = [];
    const io = { print: (line: string) => void lines.push(line), terminal: true, redraw: () => undefined };
    const config = setupConfig(access, prefix, {
      yes: false,
      wanted: { ...NO_GROUP, alerts: true },
    });
    const withStop = { ...io, stop: new AbortController().signal };
    expect(await runTeardown(config, withStop, async () => false)).toBe(1);
    expect(Object.keys((await awsState(access, prefix)).topics)).toHaveLength(1);
    expect(await runTeardown(config, withStop, async () => true)).toBe(0);
    expect(await awsState(access, prefix)).toEqual(NOTHING);
  });
});

describe('the printed policy of setup', () => {
  it.each(['rule', 'schedule'] as const)('allows every call that setup and teardown make (%s)', async (kind) => {
    const prefix = newPrefix();
    const eventBridge = { ...SCHEDULE, kind };
    const printed = await run('setup', prefix, { printPolicy: true, eventBridge });
    const { setup } = JSON.parse(printed.lines.join('\n')) as { setup: PolicyDocument };
    const calls: AwsCall[] = [];
    const other = { ...SCHEDULE, kind: kind === 'rule' ? 'schedule' : 'rule' } as const;
    calls.push(...(await run('setup', prefix, { eventBridge })).calls);
    calls.push(...(await run('setup', prefix, { eventBridge, expirationDays: 3 })).calls);
    calls.push(...(await run('setup', prefix, { eventBridge: other })).calls);
    await clients.s3.send(new PutObjectCommand({ Bucket: `${prefix}-mo-bucket`, Key: '1/a', Body: 'x' }));
    calls.push(...(await run('teardown', prefix)).calls);
    calls.push(...(await run('teardown', prefix, { deleteData: true })).calls);
    expect(changing(calls).length).toBeGreaterThan(40);
    expect(refusedCalls(calls, setup, { region: access.region, account: ACCOUNT })).toEqual([]);
    // The same calls for another installation are not allowed.
    const elsewhere = calls.filter(({ operation }) => operation === 'CreateQueue');
    expect(refusedCalls(elsewhere, setup, { region: access.region, account: '123456789012' })).toHaveLength(20);
  });

  it('is printed without AWS too, and says that the account has to be filled in', async () => {
    const nowhere = { endpoint: 'http://127.0.0.1:1', region: access.region };
    const { code, lines } = await runCommand(nowhere, 'setup', 'acme', { printPolicy: true });
    const printed = JSON.parse(lines.join('\n')) as { note: string; run: PolicyDocument };
    expect([code, printed.note]).toEqual([0, expect.stringContaining(ACCOUNT)]);
    expect(printed.run.Statement.length).toBeGreaterThan(4);
  });
});
