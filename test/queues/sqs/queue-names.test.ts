import { describe, expect, it } from '@jest/globals';
import { QUEUE_NAMES } from '../../../src/queues/queue.ts';
import {
  fullQueueName,
  knownQueueUrl,
  olderSqsQueueNames,
  queueNamed,
  sqsQueueNames,
} from '../../../src/queues/sqs/queue-names.ts';

const SETTING = '--queue-identifier';

describe('queue names at SQS', () => {
  it('are the template with the type in it, and the prefix in front', () => {
    const plain = sqsQueueNames('mo_{}_queue', undefined, SETTING);
    expect(fullQueueName(plain, 'snos_job_processing')).toBe('mo_snos_job_processing_queue');
    const acme = sqsQueueNames('mo_{}_queue', 'acme', SETTING);
    expect(fullQueueName(acme, 'worker_trigger')).toBe('acme_mo_worker_trigger_queue');
    expect(fullQueueName(sqsQueueNames('mo_{}_queue', '', SETTING), 'worker_trigger')).toBe('mo_worker_trigger_queue');
    for (const queue of QUEUE_NAMES) expect(queueNamed(acme, fullQueueName(acme, queue))).toBe(queue);
    expect(queueNamed(acme, 'mo_worker_trigger_queue')).toBeUndefined();
    expect(knownQueueUrl(acme, 'worker_trigger', undefined)).toBeUndefined();
  });

  it.each([
    ['aws', 'eu-west-1', 'https://sqs.eu-west-1.amazonaws.com'],
    ['aws-cn', 'cn-north-1', 'https://sqs.cn-north-1.amazonaws.com.cn'],
    ['aws-us-gov', 'us-gov-west-1', 'https://sqs.us-gov-west-1.amazonaws.com'],
  ])('of the partition %s are found by their ARN', (partition, region, host) => {
    const names = sqsQueueNames(`arn:${partition}:sqs:${region}:123456789012:mo_{}_queue`, 'acme', SETTING);
    expect(names.owner).toEqual({ partition, region, account: '123456789012' });
    const path = '/123456789012/mo_snos_job_processing_queue';
    expect(knownQueueUrl(names, 'snos_job_processing', undefined)).toBe(host + path);
    expect(knownQueueUrl(names, 'snos_job_processing', 'http://127.0.0.1:4566/')).toBe(`http://127.0.0.1:4566${path}`);
  });

  it('of the March 2025 program have a prefix, a suffix and a base URL', () => {
    const byDefault = olderSqsQueueNames({});
    expect(fullQueueName(byDefault, 'worker_trigger')).toBe('madara_orchestrator_worker_trigger_queue');
    expect(knownQueueUrl(byDefault, 'worker_trigger', undefined)).toBeUndefined();
    const given = olderSqsQueueNames({
      prefix: 'acme',
      suffix: 'q',
      baseQueueUrl: 'https://sqs.eu-west-1.amazonaws.com/123456789012/',
    });
    expect(knownQueueUrl(given, 'worker_trigger', undefined)).toBe(
      'https://sqs.eu-west-1.amazonaws.com/123456789012/acme_worker_trigger_q',
    );
    expect(() => olderSqsQueueNames({ baseQueueUrl: 'sqs' })).toThrow(
      expect.objectContaining({ code: 'CONFIG_INVALID' }),
    );
  });

  it.each([
    ['mo_queue', 'needs {} exactly once'],
    ['{}_{}', 'needs {} exactly once'],
    ['mo {}', 'does not take "mo snos_job_processing"'],
    ['mo_{}.fifo', 'does not take'],
    [`${'x'.repeat(60)}_{}`, 'at most 80'],
    ['arn:aws:sns:eu-west-1:123456789012:mo_{}_queue', 'is an ARN of sns'],
    ['arn:aws:sqs:eu-west-1:123456789012:mo_queue', 'needs {} exactly once'],
    ['arn:aws:sqs::123456789012:mo_{}', 'no complete ARN'],
  ])('%s is refused', (identifier, reason) => {
    let failure: unknown;
    try {
      sqsQueueNames(identifier, undefined, SETTING);
    } catch (error) {
      failure = error;
    }
    expect(failure).toMatchObject({ code: 'CONFIG_INVALID' });
    const { message, hint } = failure as { message: string; hint?: string };
    expect(`${message} ${hint}`).toContain(reason);
    expect(message).toContain(SETTING);
  });
});
