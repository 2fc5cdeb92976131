import { randomUUID } from 'node:crypto';
import {
  CreateQueueCommand,
  DeleteQueueCommand,
  GetQueueAttributesCommand,
  SetQueueAttributesCommand,
  SQSClient,
} from '@aws-sdk/client-sqs';
import { type AwsAccess, clientOptions } from '../../src/aws/aws-access.ts';
import { AwsCallCounts } from '../../src/aws/call-counts.ts';
import { systemClock } from '../../src/clock/system-clock.ts';
import { MAX_RECEIVES, QUEUE_NAMES, type QueueName } from '../../src/queues/queue.ts';
import { fullQueueName, type SqsQueueNames, sqsQueueNames } from '../../src/queues/sqs/queue-names.ts';
import { SqsQueues } from '../../src/queues/sqs/sqs-queues.ts';
import { silentLog } from '../../src/telemetry/log.ts';
import { useTestCredentials } from '../../test/aws/local-aws.ts';
import { awsServices } from './services/services.ts';

/** Queues of their own for one test, at the SQS of the test services. */
export interface TestQueues {
  readonly access: AwsAccess;
  readonly names: SqsQueueNames;
  readonly queues: SqsQueues;
  readonly calls: AwsCallCounts;
  /** For what the adapter does not do: purge, send foreign messages, look at attributes. */
  readonly client: SQSClient;
  readonly urls: ReadonlyMap<QueueName, string>;
  dispose(): Promise<void>;
}

/** Makes the queues with the attributes that matter here: retention of cron words, and where given-up messages go. */
export async function testQueues(only: readonly QueueName[] = QUEUE_NAMES): Promise<TestQueues> {
  useTestCredentials();
  const calls = new AwsCallCounts();
  const access: AwsAccess = { ...(await awsServices()), onCall: calls.listener };
  const names = sqsQueueNames('mo_{}_queue', `t${randomUUID().slice(0, 8)}`, 'queue identifier');
  const client = new SQSClient(clientOptions(access));
  const urls = new Map<QueueName, string>();
  for (const queue of new Set<QueueName>([...only, 'job_handle_failure', 'worker_trigger'])) {
    const { QueueUrl = '' } = await client.send(new CreateQueueCommand({ QueueName: fullQueueName(names, queue) }));
    urls.set(queue, QueueUrl);
  }
  const { Attributes } = await client.send(
    new GetQueueAttributesCommand({ QueueUrl: urls.get('job_handle_failure'), AttributeNames: ['QueueArn'] }),
  );
  const redrive = { deadLetterTargetArn: Attributes?.QueueArn, maxReceiveCount: String(MAX_RECEIVES) };
  for (const [queue, QueueUrl] of urls) {
    if (queue === 'job_handle_failure') continue;
    const own: Record<string, string> =
      queue === 'worker_trigger' ? { MessageRetentionPeriod: '60' } : { RedrivePolicy: JSON.stringify(redrive) };
    await client.send(new SetQueueAttributesCommand({ QueueUrl, Attributes: own }));
  }
  const queues = SqsQueues.open({ access, names, clock: systemClock, log: silentLog });
  const dispose = async (): Promise<void> => {
    await queues.close();
    for (const QueueUrl of urls.values()) await client.send(new DeleteQueueCommand({ QueueUrl }));
    client.destroy();
  };
  return { access, names, queues, calls, client, urls, dispose };
}
