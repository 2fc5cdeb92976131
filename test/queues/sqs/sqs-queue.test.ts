import { createHash } from 'node:crypto';
import { afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { systemClock } from '../../../src/clock/system-clock.ts';
import type { Queue } from '../../../src/queues/queue.ts';
import { sqsQueueNames } from '../../../src/queues/sqs/queue-names.ts';
import { SqsQueues } from '../../../src/queues/sqs/sqs-queues.ts';
import { silentLog } from '../../../src/telemetry/log.ts';
import {
  type LocalAnswer,
  type LocalAws,
  type LocalRequest,
  localAws,
  useTestCredentials,
} from '../../aws/local-aws.ts';

interface BatchEntry {
  readonly Id: string;
  readonly MessageBody?: string;
  readonly DelaySeconds?: number;
  readonly ReceiptHandle?: string;
  readonly VisibilityTimeout?: number;
}
type Fault = { readonly Code: string; readonly SenderFault: boolean; readonly Message?: string };

describe('a queue at SQS', () => {
  let server: LocalAws | undefined;
  let queues: SqsQueues | undefined;
  beforeAll(useTestCredentials);
  afterEach(async () => {
    await queues?.close();
    await server?.close();
  });

  /** Answers batches entry by entry, everything else by `answer`. */
  async function queueWith(
    fault: (entry: BatchEntry, number: number) => Fault | undefined,
    answer: (request: LocalRequest) => LocalAnswer | undefined = () => ({ body: {} }),
  ): Promise<Queue> {
    let batches = 0;
    server = await localAws((request) => {
      if (request.operation === 'GetQueueUrl') return { body: { QueueUrl: 'http://sqs.example/1/q' } };
      if (!request.operation.endsWith('Batch')) return answer(request);
      batches += 1;
      const entries = request.input.Entries as BatchEntry[];
      const faults = entries.map((entry) => ({ entry, fault: fault(entry, batches) }));
      return {
        body: {
          Failed: faults.flatMap(({ entry, fault: found }) => (found ? [{ Id: entry.Id, ...found }] : [])),
          Successful: faults.flatMap(({ entry: { Id, MessageBody = '' }, fault: found }) =>
            found ? [] : [{ Id, MessageId: Id, MD5OfMessageBody: createHash('md5').update(MessageBody).digest('hex') }],
          ),
        },
      };
    });
    const names = sqsQueueNames('mo_{}_queue', undefined, 'identifier');
    const access = { region: 'us-east-1', endpoint: server.endpoint };
    queues = SqsQueues.open({ access, names, clock: systemClock, log: silentLog });
    return queues.queue('snos_job_processing');
  }

  const message = (body: string, delayMs = 0) => ({ body, attributes: { Sequence: '1' }, delayMs });
  const batches = (): string[][] =>
    (server?.requests ?? [])
      .filter(({ operation }) => operation.endsWith('Batch'))
      .map(({ input }) =>
        (input.Entries as BatchEntry[]).map(({ MessageBody, ReceiptHandle }) => MessageBody ?? ReceiptHandle ?? ''),
      );

  it('sends those of a batch again that SQS itself failed, and no others', async () => {
    const queue = await queueWith(({ MessageBody }, number) =>
      number < 3 && MessageBody === 'b' ? { Code: 'InternalError', SenderFault: false } : undefined,
    );
    await queue.send(['a', 'b', 'c'].map((body) => message(body)));
    expect(batches()).toEqual([['a', 'b', 'c'], ['b'], ['b']]);
  });

  it('tells what it could not send: an entry that SQS refuses, or that fails again and again', async () => {
    const queue = await queueWith(({ MessageBody }) => {
      if (MessageBody === 'refused') return { Code: 'InvalidMessageContents', SenderFault: true, Message: 'bad' };
      return MessageBody === 'failing' ? { Code: 'InternalError', SenderFault: false } : undefined;
    });
    const [good, refused, failing] = await Promise.allSettled(
      ['good', 'refused', 'failing'].map((body) => queue.send([message(body)])),
    );
    expect(good).toMatchObject({ status: 'fulfilled' });
    expect(refused).toMatchObject({ reason: { code: 'QUEUE_UNAVAILABLE', retry: 'permanent' } });
    expect(failing).toMatchObject({ reason: { code: 'QUEUE_UNAVAILABLE', retry: 'dependency-down' } });
    expect(batches()).toEqual([['good', 'refused', 'failing'], ['failing'], ['failing']]);
  });

  it('rounds delays up to whole seconds, fifteen minutes at most', async () => {
    const queue = await queueWith(() => undefined);
    await queue.send([0, 1, 1_000, 1_001, 900_000, 3_600_000].map((delayMs) => message('a', delayMs)));
    const entries = server?.requests.at(-1)?.input.Entries as BatchEntry[];
    expect(entries.map(({ DelaySeconds }) => DelaySeconds)).toEqual([0, 1, 1, 2, 900, 900]);
  });

  it('takes the deletion of what is not ours any more for done, other failures not', async () => {
    const queue = await queueWith(({ ReceiptHandle }) => {
      if (ReceiptHandle === 'old') return { Code: 'ReceiptHandleIsInvalid', SenderFault: true };
      return ReceiptHandle === 'forbidden' ? { Code: 'AccessDenied', SenderFault: true } : undefined;
    });
    await queue.delete(['ours', 'old', '']);
    await expect(queue.delete(['forbidden'])).rejects.toMatchObject({ code: 'QUEUE_UNAVAILABLE' });
    expect(batches()).toEqual([['ours', 'old'], ['forbidden']]);
  });

  it.each(['ReceiptHandleIsInvalid', 'MessageNotInflight', 'AWS.SimpleQueueService.MessageNotInflight'])(
    'is told by %s that a message is no longer ours',
    async (code) => {
      const queue = await queueWith(({ ReceiptHandle }) =>
        ReceiptHandle === 'old' ? { Code: code, SenderFault: true } : undefined,
      );
      const answers = await Promise.all([
        queue.setVisibility('ours', 1_500),
        queue.setVisibility('old', 0),
        queue.setVisibility('ours too', 99_000_000),
      ]);
      expect(answers).toEqual([true, false, true]);
      const entries = server?.requests.at(-1)?.input.Entries as BatchEntry[];
      expect(entries.map(({ VisibilityTimeout }) => VisibilityTimeout)).toEqual([2, 0, 43_200]);
    },
  );

  it('polls for whole seconds, ten messages at most, and reads what others wrote', async () => {
    const queue = await queueWith(
      () => undefined,
      () => ({
        body: {
          Messages: [
            {
              MessageId: 'id',
              ReceiptHandle: 'receipt',
              Body: 'body',
              MD5OfBody: createHash('md5').update('body').digest('hex'),
              Attributes: {
                ApproximateReceiveCount: '3',
                DeadLetterQueueSourceArn: 'arn:aws:sqs:us-east-1:1:mo_proving_job_processing_queue',
              },
              MessageAttributes: {
                Text: { DataType: 'String', StringValue: 'text' },
                Count: { DataType: 'Number', StringValue: '7' },
                Raw: { DataType: 'Binary', BinaryValue: Buffer.from('raw').toString('base64') },
              },
            },
          ],
        },
      }),
    );
    const received = await queue.receive({ max: 50, visibilityMs: 30_000, waitMs: 19_999 });
    expect(received).toEqual([
      {
        id: 'id',
        body: 'body',
        receipt: 'receipt',
        receiveCount: 3,
        attributes: { Text: 'text', Count: '7', Raw: 'cmF3', SourceQueue: 'proving_job_processing' },
      },
    ]);
    expect(server?.requests.at(-1)).toMatchObject({
      operation: 'ReceiveMessage',
      input: { MaxNumberOfMessages: 10, VisibilityTimeout: 30, WaitTimeSeconds: 19, MessageAttributeNames: ['All'] },
    });
  });

  it('asks for its URL once, and again after it was not there', async () => {
    let asked = 0;
    server = await localAws(({ operation }) => {
      if (operation !== 'GetQueueUrl') return { body: { Attributes: {} } };
      asked += 1;
      return asked === 1
        ? { status: 400, body: { __type: 'com.amazonaws.sqs#QueueDoesNotExist', message: 'no such queue' } }
        : { body: { QueueUrl: 'http://sqs.example/1/q' } };
    });
    const names = sqsQueueNames('mo_{}_queue', undefined, 'identifier');
    const access = { region: 'us-east-1', endpoint: server.endpoint };
    queues = SqsQueues.open({ access, names, clock: systemClock, log: silentLog });
    const queue = queues.queue('snos_job_processing');
    await expect(queue.depth()).rejects.toMatchObject({
      message: 'there is no SQS queue mo_snos_job_processing_queue',
      hint: expect.stringContaining('orchestrator setup'),
    });
    await queue.depth();
    await queue.depth();
    expect(asked).toBe(2);
  });

  it('ends a poll at once when its signal fires, and answers nothing', async () => {
    const controller = new AbortController();
    const queue = await queueWith(
      () => undefined,
      () => {
        controller.abort();
        return undefined;
      },
    );
    expect(await queue.receive({ max: 1, visibilityMs: 30_000, waitMs: 20_000, signal: controller.signal })).toEqual(
      [],
    );
    expect(await queue.receive({ max: 1, visibilityMs: 30_000, waitMs: 20_000, signal: controller.signal })).toEqual(
      [],
    );
    expect(server?.requests.filter(({ operation }) => operation === 'ReceiveMessage')).toHaveLength(1);
  });
});
