import { describe, expect, it } from '@jest/globals';
import { awsNames } from '../../src/provisioning/aws/aws-names.ts';
import { changedRules, foreignRules, isPrivate, PRIVATE, wantedRules } from '../../src/provisioning/aws/bucket-plan.ts';
import { parsePolicy } from '../../src/provisioning/aws/iam-document.ts';
import {
  changedAttributes,
  changedQueuePolicy,
  deliveryStatement,
  wantedAttributes,
} from '../../src/provisioning/aws/queue-plan.ts';
import { planTargets, ruleChanges, targetOf } from '../../src/provisioning/aws/rule-plan.ts';
import { ACCOUNT, resourceSettings } from './settings.ts';

const names = awsNames(resourceSettings(), ACCOUNT);
const QUEUE = names.triggerQueue.arn;

describe('queue attributes', () => {
  it.each([
    ['snos_job_processing', '360', '345600', true],
    ['update_state_job_processing', '1080', '345600', true],
    ['update_state_job_verification', '360', '345600', true],
    ['job_handle_failure', '360', '345600', false],
    ['worker_trigger', '360', '60', false],
  ] as const)('%s', (queue, visibility, retention, redriven) => {
    const wanted = wantedAttributes({ queue }, names, 300);
    expect(wanted).toMatchObject({ VisibilityTimeout: visibility, MessageRetentionPeriod: retention });
    const redrive = JSON.stringify({ deadLetterTargetArn: names.failureQueue.arn, maxReceiveCount: '5' });
    expect(wanted.RedrivePolicy).toBe(redriven ? redrive : undefined);
  });

  it('give a state update its time and ten minutes, and no more than SQS takes', () => {
    const visibility = (seconds: number) =>
      wantedAttributes({ queue: 'update_state_job_processing' }, names, seconds).VisibilityTimeout;
    expect([480, 481, 900.5, 86_400].map(visibility)).toEqual(['1080', '1081', '1501', '43200']);
  });

  it('are changed where they differ, whatever the count of receives is written as', () => {
    const wanted = wantedAttributes({ queue: 'snos_job_processing' }, names, 300);
    const redrive = { maxReceiveCount: 5, deadLetterTargetArn: names.failureQueue.arn };
    const actual = { ...wanted, RedrivePolicy: JSON.stringify(redrive), QueueArn: 'x' };
    expect(changedAttributes(actual, wanted)).toEqual({});
    const other = {
      ...actual,
      VisibilityTimeout: '30',
      RedrivePolicy: JSON.stringify({ ...redrive, maxReceiveCount: 6 }),
    };
    expect(changedAttributes(other, wanted)).toEqual({
      VisibilityTimeout: '360',
      RedrivePolicy: wanted.RedrivePolicy,
    });
    expect(Object.keys(changedAttributes({ ...actual, RedrivePolicy: 'broken' }, wanted))).toEqual(['RedrivePolicy']);
  });
});

describe('queue policy', () => {
  const statement = deliveryStatement(names);
  const foreign = { Sid: 'theirs', Effect: 'Allow', Principal: '*', Action: 'sqs:*', Resource: QUEUE } as const;

  it('lets the rules of this installation send, and nobody else', () => {
    expect(statement).toMatchObject({ Action: 'sqs:SendMessage', Resource: QUEUE });
    expect(statement.Condition?.ArnEquals?.['aws:SourceArn']).toEqual(names.triggers.map(({ ruleArn }) => ruleArn));
  });

  it('keeps the statements of others', () => {
    const changed = changedQueuePolicy(JSON.stringify({ Version: '2012-10-17', Statement: foreign }), statement, 'q');
    expect(parsePolicy(changed)?.Statement).toEqual([foreign, statement]);
    expect(parsePolicy(changedQueuePolicy(changed, undefined, 'q'))?.Statement).toEqual([foreign]);
  });

  it('is left alone when it is right, in whatever order', () => {
    const { Sid, Effect, ...rest } = statement;
    const arns = { 'aws:SourceArn': names.triggers.map(({ ruleArn }) => ruleArn).toReversed() };
    const reordered = { ...rest, Condition: { ArnEquals: arns }, Action: ['sqs:SendMessage'], Effect, Sid };
    const text = JSON.stringify({ Statement: [reordered, foreign], Version: '2012-10-17' });
    expect(changedQueuePolicy(text, statement, 'q')).toBeUndefined();
    expect(changedQueuePolicy(undefined, undefined, 'q')).toBeUndefined();
  });

  it('is removed when nothing is left of it, and not touched when it cannot be read', () => {
    const own = changedQueuePolicy('', statement, 'q');
    expect(changedQueuePolicy(own, undefined, 'q')).toBe('');
    expect(() => changedQueuePolicy('{', statement, 'q')).toThrow(expect.objectContaining({ code: 'AWS_REFUSED' }));
  });
});

describe('lifecycle rules', () => {
  const theirs = { ID: 'theirs', Status: 'Enabled', Filter: { Prefix: 'x/' }, Expiration: { Days: 3 } } as const;

  it('are put beside those of others', () => {
    expect(changedRules([theirs], 14)).toEqual([theirs, ...wantedRules(14)]);
    expect(foreignRules([theirs, ...wantedRules(14)])).toEqual([theirs]);
  });

  it('are left alone when they are right, and replaced when not', () => {
    expect(changedRules([...wantedRules(14), theirs], 14)).toBeUndefined();
    expect(changedRules([...wantedRules(14), theirs], 15)).toEqual([theirs, ...wantedRules(15)]);
    const disabled = wantedRules(14).map((rule) => ({ ...rule, Status: 'Disabled' as const }));
    expect(changedRules(disabled, 14)).toEqual(wantedRules(14));
    const wider = wantedRules(14).map((rule) => ({ ...rule, Filter: { Prefix: 'a' } }));
    expect(changedRules(wider, 14)).toEqual(wantedRules(14));
  });

  it('take a bucket as private only when all four blocks are on', () => {
    expect(isPrivate(PRIVATE)).toBe(true);
    expect(isPrivate(undefined)).toBe(false);
    for (const key of Object.keys(PRIVATE)) expect(isPrivate({ ...PRIVATE, [key]: false })).toBe(false);
  });
});

describe('rules', () => {
  const wanted = targetOf('Snos', QUEUE);

  it('send the word as a JSON string', () => {
    expect(wanted.InputTransformer.InputTemplate).toBe('"Snos"');
  });

  it('are changed when their rate, state or pattern is another one', () => {
    const right = { ScheduleExpression: 'rate(1 minute)', State: 'ENABLED' } as const;
    expect(ruleChanges({ rule: right }, 'rate(1 minute)')).toEqual([]);
    expect(ruleChanges({ rule: { ...right, State: 'DISABLED' } }, 'rate(5 minutes)')).toEqual([
      'rate(5 minutes) (was rate(1 minute))',
      'ENABLED (was DISABLED)',
    ]);
    expect(ruleChanges({ rule: { ...right, EventPattern: '{}' } }, 'rate(1 minute)')).toEqual(['no event pattern']);
  });

  it('lose older targets on the same queue and keep those elsewhere', () => {
    const older = { Id: '6f1c', Arn: QUEUE };
    const elsewhere = { Id: 'theirs', Arn: `${QUEUE}2` };
    expect(planTargets([wanted, older, elsewhere], wanted)).toEqual({
      missing: false,
      superseded: ['6f1c'],
      foreign: ['theirs'],
    });
    for (const other of [
      { ...wanted, Arn: 'x' },
      { Id: wanted.Id, Arn: QUEUE, Input: '"Snos"' },
      { ...wanted, InputTransformer: { InputTemplate: '"Proving"' } },
      { ...wanted, RoleArn: 'x' },
    ]) {
      expect(planTargets([other], wanted).missing).toBe(true);
    }
  });
});
