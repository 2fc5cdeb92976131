import { ListQueuesCommand, SQSClient } from '@aws-sdk/client-sqs';
import { afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { type AwsAccess, clientOptions, observed } from '../../src/aws/aws-access.ts';
import { awsFailure } from '../../src/aws/aws-failure.ts';
import { type AwsCall, AwsCallCounts } from '../../src/aws/call-counts.ts';
import { type LocalAws, localAws, useTestCredentials } from './local-aws.ts';

describe('observed clients', () => {
  let server: LocalAws | undefined;
  beforeAll(useTestCredentials);
  afterEach(() => server?.close());

  const clientAt = (endpoint: string, onCall: NonNullable<AwsAccess['onCall']>): SQSClient => {
    const access: AwsAccess = { region: 'us-east-1', endpoint, onCall };
    return observed(new SQSClient(clientOptions(access)), 'sqs', access);
  };

  it('tell of every request, repeated ones too', async () => {
    server = await localAws((_, number) =>
      number < 3
        ? { status: 500, body: { __type: 'InternalError', message: 'try again' } }
        : { body: { QueueUrls: ['http://here/q'] } },
    );
    const counts = new AwsCallCounts();
    const calls: AwsCall[] = [];
    const client = clientAt(server.endpoint, (call) => {
      counts.listener(call);
      calls.push(call);
    });
    const { QueueUrls } = await client.send(new ListQueuesCommand({ QueueNamePrefix: 'mo' }));
    client.destroy();
    expect(QueueUrls).toEqual(['http://here/q']);
    expect(server.requests).toHaveLength(3);
    expect(counts.snapshot()).toEqual({ 'sqs.ListQueues': 3 });
    expect(calls[2]).toEqual({ service: 'sqs', operation: 'ListQueues', input: { QueueNamePrefix: 'mo' } });
  });

  it('give a request up after three tries, as a dependency that is down', async () => {
    server = await localAws(() => ({ status: 503, body: { __type: 'ServiceUnavailable', message: 'down' } }));
    const counts = new AwsCallCounts();
    const client = clientAt(server.endpoint, counts.listener);
    const failure = await client.send(new ListQueuesCommand({})).catch((error: unknown) => error);
    client.destroy();
    expect(counts.total('sqs')).toBe(3);
    const request = { service: 'SQS', action: 'list queues', code: 'QUEUE_UNAVAILABLE' } as const;
    expect(awsFailure(failure, request)).toMatchObject({
      code: 'QUEUE_UNAVAILABLE',
      retry: 'dependency-down',
      dependency: 'sqs',
      context: { service: 'SQS', error: 'ServiceUnavailable', status: 503 },
    });
  });

  it('tell of a server that is not there as a dependency that is down', async () => {
    const gone = await localAws(() => undefined);
    await gone.close();
    const client = clientAt(gone.endpoint, () => undefined);
    const failure = await client.send(new ListQueuesCommand({})).catch((error: unknown) => error);
    client.destroy();
    const request = { service: 'SQS', action: 'list queues', code: 'QUEUE_UNAVAILABLE' } as const;
    expect(awsFailure(failure, request)).toMatchObject({
      retry: 'dependency-down',
      message: expect.stringMatching(/^SQS does not answer .*: cannot list queues$/),
    });
  });
});

describe('call counts', () => {
  it('are by operation, sorted, and add up by service', () => {
    const counts = new AwsCallCounts();
    const input = {};
    counts.listener({ service: 's3', operation: 'PutObject', input });
    counts.listener({ service: 'sqs', operation: 'ReceiveMessage', input });
    counts.listener({ service: 'sqs', operation: 'DeleteMessageBatch', input });
    counts.listener({ service: 'sqs', operation: 'ReceiveMessage', input });
    expect(Object.entries(counts.snapshot())).toEqual([
      ['s3.PutObject', 1],
      ['sqs.DeleteMessageBatch', 1],
      ['sqs.ReceiveMessage', 2],
    ]);
    expect(counts.total('sqs')).toBe(3);
    expect(counts.total('sns')).toBe(0);
  });
});
