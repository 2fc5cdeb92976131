import { describe, expect, it } from '@jest/globals';
import { awsNames } from '../../src/provisioning/aws/aws-names.ts';
import { rateExpression } from '../../src/provisioning/aws/rate-expression.ts';
import { ACCOUNT, resourceSettings } from './settings.ts';

describe('names', () => {
  it('are those of existing deployments', () => {
    const names = awsNames(resourceSettings({ prefix: 'acme' }), ACCOUNT);
    expect(names.bucket).toEqual({ name: 'acme-mo-bucket', arn: 'arn:aws:s3:::acme-mo-bucket', given: false });
    expect(names.topic.arn).toBe('arn:aws:sns:eu-west-1:123456789012:acme_alerts');
    expect(names.queues.map(({ name }) => name)).toEqual([
      'acme_mo_snos_job_processing_queue',
      'acme_mo_snos_job_verification_queue',
      'acme_mo_proving_job_processing_queue',
      'acme_mo_proving_job_verification_queue',
      'acme_mo_data_submission_job_processing_queue',
      'acme_mo_data_submission_job_verification_queue',
      'acme_mo_update_state_job_processing_queue',
      'acme_mo_update_state_job_verification_queue',
      'acme_mo_job_handle_failure_queue',
      'acme_mo_worker_trigger_queue',
    ]);
    expect(names.triggers.map(({ name }) => name)).toEqual(
      ['snos', 'proving', 'datasubmission', 'updatestate'].map((word) => `acme-mo-wt-rule-${word}`),
    );
    expect(names.role).toEqual({
      name: 'acme-mo-wt-role',
      arn: 'arn:aws:iam::123456789012:role/acme-mo-wt-role',
      policyName: 'acme-mo-wt-policy',
    });
  });

  it('stay as they are without a prefix, and count proof registration only when it is enabled', () => {
    const names = awsNames(resourceSettings({ prefix: '', withProofRegistration: true }), ACCOUNT);
    expect(names.triggerQueue.arn).toBe('arn:aws:sqs:eu-west-1:123456789012:mo_worker_trigger_queue');
    expect(names.queues).toHaveLength(12);
    expect(names.triggers.map(({ word }) => word)).toContain('ProofRegistration');
  });

  it('are taken from ARNs without the prefix', () => {
    const names = awsNames(
      resourceSettings({
        prefix: 'acme',
        bucketIdentifier: 'arn:aws:s3:::theirs',
        queueIdentifier: 'arn:aws:sqs:us-west-2:210987654321:their_{}',
        topicIdentifier: 'arn:aws:sns:us-west-2:210987654321:their-alerts',
      }),
      ACCOUNT,
    );
    expect(names.bucket).toMatchObject({ name: 'theirs', given: true });
    expect(names.triggerQueue).toMatchObject({
      name: 'their_worker_trigger',
      arn: 'arn:aws:sqs:us-west-2:210987654321:their_worker_trigger',
      given: true,
    });
    expect(names.topic).toMatchObject({ given: true, name: 'their-alerts' });
  });

  it.each([
    ['a bucket in capitals', { bucketIdentifier: 'Bucket' }],
    ['a bucket of one letter', { bucketIdentifier: 'b' }],
    ['a topic with a dot', { topicIdentifier: 'a.b' }],
    ['a queue template without its place', { queueIdentifier: 'mo_queue' }],
    ['a bucket that is a queue', { bucketIdentifier: 'arn:aws:sqs:eu-west-1:123456789012:x' }],
    ['a topic that is a bucket', { topicIdentifier: 'arn:aws:s3:::x' }],
    ['a rule that is too long', { prefix: 'p'.repeat(60) }],
  ])('are refused: %s', (_, changes) => {
    expect(() => awsNames(resourceSettings(changes), ACCOUNT)).toThrow(
      expect.objectContaining({ code: 'CONFIG_INVALID' }),
    );
  });
});

describe('rate expressions', () => {
  it.each([
    [60, 'rate(1 minute)'],
    [300, 'rate(5 minutes)'],
    [3600, 'rate(1 hour)'],
    [5400, 'rate(90 minutes)'],
    [7200, 'rate(2 hours)'],
    [86_400, 'rate(1 day)'],
    [172_800, 'rate(2 days)'],
  ])('%i s is %s', (seconds, text) => {
    expect(rateExpression(seconds)).toBe(text);
  });

  it.each([0, 5, 59, 61, 90, 60.5, -60, Number.NaN])('%d s is refused, not rounded', (seconds) => {
    expect(() => rateExpression(seconds)).toThrow(expect.objectContaining({ code: 'CONFIG_INVALID' }));
  });
});
