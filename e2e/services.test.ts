import { CreateQueueCommand, ReceiveMessageCommand, SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { MongoClient } from 'mongodb';
import {
  type PrivateAwsServices,
  type PrivateMongoServer,
  privateAwsServices,
  privateMongoServer,
} from './support/services/private-services.ts';
import { awsRequestLog, awsServices, mongoServer } from './support/services/services.ts';

const credentials = { accessKeyId: 'test', secretAccessKey: 'test' };
const unique = (name: string): string => `${name}-${process.pid}-${Date.now()}`;

/** Processes named in the test, so that the last one can look for them. */
const pids = new Set<number>();

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

async function sendAndReceive(client: SQSClient, name: string): Promise<string | undefined> {
  const { QueueUrl } = await client.send(new CreateQueueCommand({ QueueName: name }));
  await client.send(new SendMessageCommand({ QueueUrl, MessageBody: 'block 7' }));
  const received = await client.send(new ReceiveMessageCommand({ QueueUrl, WaitTimeSeconds: 5 }));
  return received.Messages?.[0]?.Body;
}

describe('shared services', () => {
  it('carry a message through a queue, and log each call', async () => {
    const { endpoint, region } = await awsServices();
    const client = new SQSClient({ endpoint, region, credentials });
    const name = unique('services');
    expect(await sendAndReceive(client, name)).toBe('block 7');
    client.destroy();
    if (process.env.E2E_AWS_ENDPOINT_URL) return;
    const log = await awsRequestLog();
    for (const operation of ['CreateQueue', 'SendMessage', 'ReceiveMessage']) {
      expect(log).toContainEqual({ service: 'sqs', operation, status: 200 });
    }
  });

  it('are the same for everybody who asks', async () => {
    const [first, second] = await Promise.all([awsServices(), awsServices()]);
    expect(second.endpoint).toBe(first.endpoint);
    const [one, two] = await Promise.all([mongoServer(), mongoServer()]);
    expect(two.url).toBe(one.url);
  });

  it('have a database whose conditional updates let one of forty win', async () => {
    const { url } = await mongoServer();
    const client = await MongoClient.connect(url);
    const database = client.db(unique('services'));
    try {
      const jobs = database.collection<{ key: string; version: number }>('jobs');
      await jobs.createIndex({ key: 1 }, { unique: true });
      await jobs.insertOne({ key: 'snos-7', version: 0 });
      await expect(jobs.insertOne({ key: 'snos-7', version: 0 })).rejects.toMatchObject({ code: 11000 });
      const attempts = Array.from({ length: 40 }, () =>
        jobs.updateOne({ key: 'snos-7', version: 0 }, { $set: { version: 1 } }),
      );
      const won = (await Promise.all(attempts)).filter(({ modifiedCount }) => modifiedCount === 1);
      expect(won).toHaveLength(1);
    } finally {
      await database.dropDatabase();
      await client.close();
    }
  });
});

describe('private services', () => {
  let aws: PrivateAwsServices;
  let mongo: PrivateMongoServer;

  beforeAll(async () => {
    [aws, mongo] = await Promise.all([privateAwsServices(), privateMongoServer()]);
    pids.add(aws.pid).add(mongo.pid);
  });

  afterAll(async () => {
    await Promise.all([aws?.stop(), mongo?.stop()]);
    for (const pid of pids) expect(isRunning(pid)).toBe(false);
  });

  it('answer nothing while frozen, and everything after', async () => {
    const client = new SQSClient({ endpoint: aws.endpoint, region: aws.region, credentials, maxAttempts: 1 });
    const { QueueUrl } = await client.send(new CreateQueueCommand({ QueueName: 'frozen' }));
    await aws.freeze();
    const send = new SendMessageCommand({ QueueUrl, MessageBody: 'late' });
    await expect(client.send(send, { abortSignal: AbortSignal.timeout(1_000) })).rejects.toThrow();
    aws.thaw();
    expect(await client.send(send)).toHaveProperty('MessageId');
    client.destroy();
    expect(await aws.requestLog()).toContainEqual({ service: 'sqs', operation: 'SendMessage', status: 200 });
  });

  it('keep the documents of the database over a restart on the same port', async () => {
    const client = await MongoClient.connect(mongo.url);
    try {
      const blocks = client.db('kept').collection('blocks');
      await blocks.insertOne({ number: 7 });
      await mongo.restart();
      pids.add(mongo.pid);
      expect(await blocks.findOne({ number: 7 })).toMatchObject({ number: 7 });
    } finally {
      await client.close();
    }
  });

  it('restart AWS on the same port, empty', async () => {
    const client = new SQSClient({ endpoint: aws.endpoint, region: aws.region, credentials });
    const before = aws.pid;
    await aws.restart();
    pids.add(aws.pid);
    expect(aws.pid).not.toBe(before);
    expect(await sendAndReceive(client, 'again')).toBe('block 7');
    client.destroy();
  });

  it('end when they are stopped, even frozen', async () => {
    await mongo.freeze();
    await mongo.stop();
    expect(isRunning(mongo.pid)).toBe(false);
    await expect(mongo.freeze()).rejects.toThrow('does not run');
    await mongo.restart();
    pids.add(mongo.pid);
  });
});
