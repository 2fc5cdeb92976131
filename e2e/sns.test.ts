import { randomUUID } from 'node:crypto';
import { CreateTopicCommand, DeleteTopicCommand, SNSClient, SubscribeCommand } from '@aws-sdk/client-sns';
import {
  CreateQueueCommand,
  DeleteQueueCommand,
  GetQueueAttributesCommand,
  ReceiveMessageCommand,
  SQSClient,
} from '@aws-sdk/client-sqs';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { SnsAlertSink } from '../src/alerts/sns/sns-alert-sink.ts';
import { type AwsAccess, clientOptions } from '../src/aws/aws-access.ts';
import { useTestCredentials } from '../test/aws/local-aws.ts';
import { awsServices } from './support/services/services.ts';

interface Received {
  readonly Subject: string;
  readonly Message: string;
}

describe('SnsAlertSink', () => {
  const name = `test-alerts-${randomUUID()}`;
  let access: AwsAccess;
  let sns: SNSClient;
  let sqs: SQSClient;
  let topicArn: string;
  let QueueUrl: string;

  beforeAll(async () => {
    const { endpoint, region } = await awsServices();
    useTestCredentials();
    access = { endpoint, region };
    sns = new SNSClient(clientOptions(access));
    sqs = new SQSClient(clientOptions(access));
    topicArn = (await sns.send(new CreateTopicCommand({ Name: name }))).TopicArn ?? '';
    QueueUrl = (await sqs.send(new CreateQueueCommand({ QueueName: name }))).QueueUrl ?? '';
    const { Attributes } = await sqs.send(new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ['QueueArn'] }));
    await sns.send(new SubscribeCommand({ TopicArn: topicArn, Protocol: 'sqs', Endpoint: Attributes?.QueueArn }));
  });
  afterAll(async () => {
    await sns.send(new DeleteTopicCommand({ TopicArn: topicArn }));
    await sqs.send(new DeleteQueueCommand({ QueueUrl }));
    sns.destroy();
    sqs.destroy();
  });

  async function next(): Promise<Received> {
    const { Messages } = await sqs.send(new ReceiveMessageCommand({ QueueUrl, WaitTimeSeconds: 20 }));
    return JSON.parse(Messages?.[0]?.Body ?? '{}') as Received;
  }

  it('delivers the text under its first line', async () => {
    const sink = new SnsAlertSink({ access, topicArn });
    await sink.check();
    const text = 'Job Failed Alert\nJob ID: 1\nCurrent failure: été';
    await sink.send({ fingerprint: 'job:1:7', text });
    expect(await next()).toMatchObject({ Subject: 'Job Failed Alert', Message: text });
    sink.close();
  });

  it('finds a topic by its name', async () => {
    const sink = new SnsAlertSink({ access, topicArn: name });
    await sink.check();
    await sink.send({ fingerprint: 'job:1:8', text: 'by name' });
    expect(await next()).toMatchObject({ Message: 'by name' });
    sink.close();
  });

  it('cuts a text that SNS would refuse', async () => {
    const sink = new SnsAlertSink({ access, topicArn });
    const text = `Job Failed Alert\n${'é'.repeat(200_000)}`;
    // What it makes of it is exactly what the topic takes; the queue behind it takes less of the envelope.
    await expect(sink.send({ fingerprint: 'job:1:9', text })).resolves.toBeUndefined();
    sink.close();
  });

  it('says which topic is missing and what makes it', async () => {
    const missing = {
      code: 'ALERTS_UNAVAILABLE',
      retry: 'dependency-down',
      message: expect.stringContaining('nobody-made-this'),
      hint: expect.stringContaining('orchestrator setup'),
    };
    for (const topic of ['nobody-made-this', topicArn.replace(name, 'nobody-made-this')]) {
      const sink = new SnsAlertSink({ access, topicArn: topic });
      await expect(sink.send({ fingerprint: 'job:2:1', text: 'lost' })).rejects.toMatchObject(missing);
      await expect(sink.check()).rejects.toMatchObject(missing);
      sink.close();
    }
    const down = new SnsAlertSink({ access: { ...access, endpoint: 'http://127.0.0.1:9' }, topicArn });
    await expect(down.send({ fingerprint: 'job:2:2', text: 'lost' })).rejects.toMatchObject({
      code: 'ALERTS_UNAVAILABLE',
      retry: 'dependency-down',
      dependency: 'sns',
    });
    down.close();
  });
});
