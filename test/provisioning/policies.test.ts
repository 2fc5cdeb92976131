import { describe, expect, it } from '@jest/globals';
import { awsNames } from '../../src/provisioning/aws/aws-names.ts';
import { parsePolicy, samePolicy } from '../../src/provisioning/aws/iam-document.ts';
import { runPolicy, setupPolicy } from '../../src/provisioning/aws/printed-policies.ts';
import { sendDocument, trustDocument } from '../../src/provisioning/aws/role-resource.ts';
import { ACCOUNT, resourceSettings } from './settings.ts';

const config = resourceSettings({ prefix: 'acme' });
const names = awsNames(config, ACCOUNT);

describe('printed policies', () => {
  it.each([
    ['setup', setupPolicy(names, config)],
    ['run', runPolicy(names, config)],
  ])('of %s name actions in full, and resources wherever one can be named', (_, { Statement }) => {
    const withoutResource = new Set(['sts:GetCallerIdentity', 'sns:ListTopics']);
    for (const { Action, Resource, Effect } of Statement) {
      const actions = [Action].flat();
      expect(Effect).toBe('Allow');
      for (const action of actions) expect(action).toMatch(/^[a-z0-9]+:[A-Za-z0-9]+$/);
      const open = [Resource].flat().includes('*');
      expect(open).toBe(actions.every((action) => withoutResource.has(action)));
      for (const arn of [Resource].flat()) if (arn !== '*') expect(arn).toContain('acme');
    }
  });

  it('ask for nothing of groups that are not asked for', () => {
    const wanted = { storage: false, queues: true, alerts: false, cron: false };
    const services = (policy: ReturnType<typeof setupPolicy>) =>
      new Set(policy.Statement.flatMap(({ Action }) => [Action].flat().map((action) => action.split(':')[0])));
    expect(services(setupPolicy(names, { wanted }))).toEqual(new Set(['sts', 'sqs']));
    expect(services(runPolicy(names, { ...config, wanted }))).toEqual(new Set(['sts', 'sqs']));
  });

  it.each([
    ['rule', ['events:DescribeRule', 'events:ListTargetsByRule', 'events:ListTagsForResource']],
    ['schedule', ['scheduler:GetSchedule', 'iam:GetRole', 'iam:GetRolePolicy']],
  ] as const)('let doctor compare a %s with what setup makes', (kind, looks) => {
    const { Statement } = runPolicy(names, { ...config, eventBridge: { ...config.eventBridge, kind } });
    const cron = Statement.flatMap(({ Action }) => Action).filter((action) => /^(events|scheduler|iam):/.test(action));
    expect(cron).toEqual(looks);
  });

  it('only look at what was given by ARN', () => {
    const given = resourceSettings({
      bucketIdentifier: 'arn:aws:s3:::theirs',
      queueIdentifier: 'arn:aws:sqs:eu-west-1:123456789012:their_{}',
      topicIdentifier: 'arn:aws:sns:eu-west-1:123456789012:their-alerts',
      wanted: { storage: true, queues: true, alerts: true, cron: false },
    });
    const { Statement } = setupPolicy(awsNames(given, ACCOUNT), given);
    expect(Statement.flatMap(({ Action }) => Action)).toEqual([
      'sts:GetCallerIdentity',
      's3:ListBucket',
      'sqs:GetQueueUrl',
      'sns:GetTopicAttributes',
    ]);
  });

  it('let run neither make nor change resources', () => {
    const actions = runPolicy(names, config).Statement.flatMap(({ Action }) => Action);
    expect(
      actions.filter((action) => /Create|Tag(Queue|Resource)|Set|PutRule|DeleteQueue|DeleteBucket/.test(action)),
    ).toEqual([]);
  });
});

describe('the role of schedules', () => {
  it('can be taken by the scheduler for this account alone, and can do one thing', () => {
    expect(trustDocument(names).Statement).toEqual([
      {
        Effect: 'Allow',
        Principal: { Service: 'scheduler.amazonaws.com' },
        Action: 'sts:AssumeRole',
        Condition: { StringEquals: { 'aws:SourceAccount': '123456789012' } },
      },
    ]);
    expect(sendDocument(names).Statement).toEqual([
      { Effect: 'Allow', Action: 'sqs:SendMessage', Resource: names.triggerQueue.arn },
    ]);
  });

  it('is compared by meaning, also when IAM hands its documents out encoded', () => {
    const trust = trustDocument(names);
    expect(samePolicy(parsePolicy(encodeURIComponent(JSON.stringify(trust))), trust)).toBe(true);
    expect(samePolicy(sendDocument(names), trust)).toBe(false);
    expect(parsePolicy('not JSON')).toBeUndefined();
  });
});
