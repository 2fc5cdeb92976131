import { join } from 'node:path';
import type { AwsAccess } from '../aws/aws-access.ts';
import type { AwsCallListener } from '../aws/call-counts.ts';
import { parseResourceId, prefixed } from '../aws/resource-name.ts';
import type { Clock } from '../clock/clock.ts';
import type { AwsConfig, MongoConfig, S3Config, SnsConfig, SqsConfig } from '../config/infrastructure-config.ts';
import type { Log } from '../telemetry/log.ts';

/** A system of AWS, and how it is reached. */
export interface OnAws {
  readonly aws: AwsConfig;
  readonly access: AwsAccess;
}

export interface Watching {
  readonly clock: Clock;
  readonly log: Log;
}

/** One for all services of a process, so that all requests are counted together. */
export function awsAccess({ region, endpoint }: AwsConfig, onCall?: AwsCallListener): AwsAccess {
  return { region, endpoint, ...(onCall === undefined ? {} : { onCall }) };
}

// What an installation does not use is not loaded: the SDK of AWS alone takes a second.

/** Connects, and brings the schema up to date. Fails with the errors of `MongoDatabase.open`. */
export async function openMongo({ url, databaseName }: MongoConfig, { clock, log }: Watching) {
  const { MongoDatabase } = await import('../database/mongodb/mongo-database.ts');
  return await MongoDatabase.open({ url, databaseName, clock, log });
}

/** The queues at SQS; nothing is asked yet. Fails with CONFIG_INVALID for names that SQS does not take. */
export async function openSqs(config: SqsConfig, { aws, access }: OnAws, { clock, log }: Watching) {
  const [{ SqsQueues }, { olderSqsQueueNames, sqsQueueNames }] = await Promise.all([
    import('../queues/sqs/sqs-queues.ts'),
    import('../queues/sqs/queue-names.ts'),
  ]);
  const names =
    config.older === undefined
      ? sqsQueueNames(config.identifier, aws.prefix, '--queue-identifier')
      : olderSqsQueueNames(config.older);
  return SqsQueues.open({ access, names, clock, log });
}

/** The bucket; nothing is asked yet. Fails with CONFIG_INVALID for a name that S3 does not take. */
export async function openBucket(
  { identifier, keyPrefix }: S3Config,
  { aws, access }: OnAws,
  dataDir: string,
  clock: Clock,
) {
  const { S3ObjectStore } = await import('../storage/s3/s3-object-store.ts');
  const id = parseResourceId(identifier, '--bucket-identifier');
  return await S3ObjectStore.open({
    access,
    bucket: id.kind === 'arn' ? id.arn : prefixed(aws.prefix, id.name, '-'),
    ...(keyPrefix === undefined ? {} : { keyPrefix }),
    temporaryDirectory: join(dataDir, 'uploads'),
    clock,
  });
}

/** The topic. One that is given by its name is in the account of the credentials, which STS tells. */
export async function openTopic({ identifier }: SnsConfig, { aws, access }: OnAws) {
  const { SnsAlertSink } = await import('../alerts/sns/sns-alert-sink.ts');
  const id = parseResourceId(identifier, '--topic-identifier');
  if (id.kind === 'arn') return new SnsAlertSink({ access, topicArn: id.arn });
  const { ownAccount } = await import('../aws/own-account.ts');
  const { partition, account } = await ownAccount(access);
  const name = prefixed(aws.prefix, id.name, '_');
  return new SnsAlertSink({ access, topicArn: `arn:${partition}:sns:${access.region}:${account}:${name}` });
}
