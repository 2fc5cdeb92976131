import { beforeAll, describe, expect, it } from '@jest/globals';
import { systemClock } from '../../src/clock/system-clock.ts';
import { sqsQueueNames } from '../../src/queues/sqs/queue-names.ts';
import { SqsQueues } from '../../src/queues/sqs/sqs-queues.ts';
import { silentLog } from '../../src/telemetry/log.ts';
import { useTestCredentials } from '../../test/aws/local-aws.ts';
import { queueSuiteIn } from '../../test/conformance/queue.suite.ts';
import { sqsTime } from '../../test/conformance/queue-time.ts';
import { awsServices } from '../support/services/services.ts';
import { testQueues } from '../support/sqs-queues.ts';

queueSuiteIn('SQS', async () => {
  const { queues, dispose } = await testQueues(['snos_job_processing', 'snos_job_verification']);
  return { queues, dispose, time: sqsTime };
});

describe('SQS', () => {
  beforeAll(useTestCredentials);

  it('carries what is sent and deleted at once in calls of ten', async () => {
    const { queues, calls, dispose } = await testQueues(['snos_job_processing']);
    try {
      const queue = queues.queue('snos_job_processing');
      const before = calls.total('sqs');
      const send = (body: string) => queue.send([{ body, attributes: { Sequence: '1' }, delayMs: 0 }]);
      await Promise.all(Array.from({ length: 20 }, (_, index) => send(`m${index}`)));
      const receipts: string[] = [];
      while (receipts.length < 20) {
        const received = await queue.receive({ max: 10, visibilityMs: 30_000, waitMs: 1_000 });
        receipts.push(...received.map(({ receipt }) => receipt));
      }
      await Promise.all(receipts.map((receipt) => queue.delete([receipt])));
      expect(calls.snapshot()).toMatchObject({ 'sqs.SendMessageBatch': 2, 'sqs.DeleteMessageBatch': 2 });
      expect(calls.total('sqs') - before).toBeLessThanOrEqual(8);
    } finally {
      await dispose();
    }
  });

  it('says which queue is missing and how it is made', async () => {
    const access = await awsServices();
    const names = sqsQueueNames('nobody_made_{}_queue', undefined, 'queue identifier');
    const queues = SqsQueues.open({ access, names, clock: systemClock, log: silentLog });
    try {
      const queue = queues.queue('snos_job_processing');
      const expected = {
        code: 'QUEUE_UNAVAILABLE',
        message: 'there is no SQS queue nobody_made_snos_job_processing_queue',
        retry: 'dependency-down',
        hint: expect.stringContaining('orchestrator setup'),
      };
      await expect(queue.depth()).rejects.toMatchObject(expected);
      await expect(queue.receive({ max: 1, visibilityMs: 1_000, waitMs: 1_000 })).rejects.toMatchObject(expected);
      await expect(queue.send([{ body: 'a', attributes: {}, delayMs: 0 }])).rejects.toMatchObject(expected);
    } finally {
      await queues.close();
    }
  });

  it('finds queues by the ARN of their template', async () => {
    const made = await testQueues(['snos_job_processing']);
    const arn = `arn:aws:sqs:${made.access.region}:000000000000:${made.names.template}`;
    const queues = SqsQueues.open({
      access: made.access,
      names: sqsQueueNames(arn, 'ignored', 'queue identifier'),
      clock: systemClock,
      log: silentLog,
    });
    try {
      await queues.queue('snos_job_processing').send([{ body: 'by ARN', attributes: {}, delayMs: 0 }]);
      const received = await made.queues
        .queue('snos_job_processing')
        .receive({ max: 1, visibilityMs: 30_000, waitMs: 5_000 });
      expect(received).toMatchObject([{ body: 'by ARN', receiveCount: 1 }]);
    } finally {
      await queues.close();
      await made.dispose();
    }
  });

  it('holds a poll back for twenty seconds, in one call', async () => {
    const { queues, calls, dispose } = await testQueues(['snos_job_processing']);
    try {
      const queue = queues.queue('snos_job_processing');
      const start = systemClock.now();
      expect(await queue.receive({ max: 10, visibilityMs: 30_000, waitMs: 20_000 })).toEqual([]);
      expect(systemClock.now() - start).toBeGreaterThanOrEqual(19_000);
      expect(calls.snapshot()).toEqual({ 'sqs.GetQueueUrl': 1, 'sqs.ReceiveMessage': 1 });
    } finally {
      await dispose();
    }
  });
});
