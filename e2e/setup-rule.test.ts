import { GetQueueUrlCommand, ReceiveMessageCommand } from '@aws-sdk/client-sqs';
import { beforeAll, describe, expect, it } from '@jest/globals';
import { awsClients } from '../src/provisioning/aws/aws-clients.ts';
import { decodeTrigger, type TriggerWord } from '../src/scheduling/scheduler.ts';
import { awsServices } from './support/services/services.ts';
import { CREDENTIALS, newPrefix, type Place, runCommand } from './support/setup-runs.ts';

let access: Place;

beforeAll(async () => {
  Object.assign(process.env, CREDENTIALS);
  access = await awsServices();
});

describe('rules of setup', () => {
  it('put every trigger word on the worker-trigger queue', async () => {
    const prefix = newPrefix();
    const clients = awsClients(access);
    try {
      expect((await runCommand(access, 'setup', prefix)).code).toBe(0);
      const QueueName = `${prefix}_mo_worker_trigger_queue`;
      const { QueueUrl } = await clients.sqs.send(new GetQueueUrlCommand({ QueueName }));
      const words = new Set<TriggerWord | undefined>();
      while (words.size < 4) {
        const poll = new ReceiveMessageCommand({ QueueUrl, MaxNumberOfMessages: 10, WaitTimeSeconds: 20 });
        for (const { Body } of (await clients.sqs.send(poll)).Messages ?? []) words.add(decodeTrigger(Body ?? ''));
      }
      expect([...words].sort()).toEqual(['DataSubmission', 'Proving', 'Snos', 'UpdateState']);
    } finally {
      await runCommand(access, 'teardown', prefix);
      clients.close();
    }
  });
});
