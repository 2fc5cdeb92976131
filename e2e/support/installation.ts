import { randomUUID } from 'node:crypto';
import { CreateTopicCommand, SNSClient, SubscribeCommand } from '@aws-sdk/client-sns';
import {
  CreateQueueCommand,
  DeleteMessageBatchCommand,
  GetQueueAttributesCommand,
  GetQueueUrlCommand,
  PurgeQueueCommand,
  ReceiveMessageCommand,
  SQSClient,
} from '@aws-sdk/client-sqs';
import { type AwsAccess, clientOptions } from '../../src/aws/aws-access.ts';
import { systemClock } from '../../src/clock/system-clock.ts';
import { MongoDatabase } from '../../src/database/mongodb/mongo-database.ts';
import { MongoJobStore } from '../../src/database/mongodb/mongo-job-store.ts';
import { MongoParkedMessageStore } from '../../src/database/mongodb/mongo-parked-message-store.ts';
import { QUEUE_NAMES, type QueueName } from '../../src/queues/queue.ts';
import { silentLog } from '../../src/telemetry/log.ts';
import type { Site } from './site.ts';

export interface Backends {
  /** How the program reaches AWS. */
  readonly aws: { readonly endpoint: string; readonly region: string };
  /** How the program reaches MongoDB. */
  readonly mongo: { readonly url: string };
  /** How the test reaches them, when it does not go the program's way; default: as the program. */
  readonly seen?: { readonly endpoint?: string; readonly mongoUrl?: string };
}

const CREDENTIALS = { AWS_ACCESS_KEY_ID: 'test', AWS_SECRET_ACCESS_KEY: 'test' } as const;

/** Everything that setup can make. */
export const ALL_OF_AWS = ['--aws', '--aws-s3', '--aws-sqs', '--aws-sns', '--aws-event-bridge'] as const;

/** Queues of a stage that is not there unless it is asked for. */
const PROOF_REGISTRATION = /^proof_registration_/;

/** A production installation under names of its own: MongoDB, SQS, S3, SNS and EventBridge, made by `setup`. */
export class Installation {
  readonly prefix = `e2e-${randomUUID().slice(0, 8)}`;
  readonly access: AwsAccess;
  readonly sqs: SQSClient;
  readonly #site: Site;
  readonly #backends: Backends;
  readonly #urls = new Map<QueueName, string>();
  #database: MongoDatabase | undefined;

  constructor(site: Site, backends: Backends) {
    this.#site = site;
    this.#backends = backends;
    const { endpoint = backends.aws.endpoint } = backends.seen ?? {};
    this.access = { region: backends.aws.region, endpoint };
    Object.assign(process.env, CREDENTIALS);
    this.sqs = new SQSClient(clientOptions(this.access));
    site.atEnd(async () => {
      this.sqs.destroy();
      await this.#database?.close();
    });
  }

  /** Flags of `run` and of the reading commands. */
  get flags(): string[] {
    return ['--aws', '--aws-s3', '--aws-sqs', '--aws-sns', '--mongodb'];
  }

  get env(): Record<string, string> {
    const { aws, mongo } = this.#backends;
    return {
      ...CREDENTIALS,
      AWS_REGION: aws.region,
      AWS_ENDPOINT_URL: aws.endpoint,
      MADARA_ORCHESTRATOR_AWS_PREFIX: this.prefix,
      MADARA_ORCHESTRATOR_MONGODB_CONNECTION_URL: mongo.url,
      MADARA_ORCHESTRATOR_DATABASE_NAME: this.prefix,
    };
  }

  /** `orchestrator setup` with everything; fails unless it exits with 0. */
  async setUp(): Promise<void> {
    await this.#must(['setup', ...ALL_OF_AWS]);
  }

  async tearDown(): Promise<void> {
    await this.#must(['teardown', ...ALL_OF_AWS, '--yes', '--delete-data']);
  }

  async #must(args: readonly string[]): Promise<void> {
    const { code, output } = await this.#site.command(args, this.env);
    if (code !== 0) throw new Error(`orchestrator ${args.join(' ')} ended with ${code}:\n${output}`);
  }

  async #mongo(): Promise<MongoDatabase> {
    const { mongo, seen } = this.#backends;
    this.#database ??= await MongoDatabase.open({
      url: seen?.mongoUrl ?? mongo.url,
      databaseName: this.prefix,
      clock: systemClock,
      log: silentLog,
    });
    return this.#database;
  }

  async jobs(): Promise<MongoJobStore> {
    return new MongoJobStore(await this.#mongo());
  }

  async parked(): Promise<MongoParkedMessageStore> {
    return new MongoParkedMessageStore(await this.#mongo());
  }

  /** Types of the queues that `setup` makes. */
  get queueNames(): QueueName[] {
    return QUEUE_NAMES.filter((name) => !PROOF_REGISTRATION.test(name));
  }

  async urlOf(queue: QueueName): Promise<string> {
    const known = this.#urls.get(queue);
    if (known !== undefined) return known;
    const name = `${this.prefix}_mo_${queue}_queue`;
    const { QueueUrl = '' } = await this.sqs.send(new GetQueueUrlCommand({ QueueName: name }));
    this.#urls.set(queue, QueueUrl);
    return QueueUrl;
  }

  async purgeAll(): Promise<void> {
    for (const queue of this.queueNames)
      await this.sqs.send(new PurgeQueueCommand({ QueueUrl: await this.urlOf(queue) }));
  }

  /** Messages by queue: waiting, delayed and in flight together; queues without any are left out. */
  async messagesLeft(): Promise<Record<string, number>> {
    const left: Record<string, number> = {};
    for (const queue of this.queueNames) {
      const { Attributes = {} } = await this.sqs.send(
        new GetQueueAttributesCommand({ QueueUrl: await this.urlOf(queue), AttributeNames: ['All'] }),
      );
      const count =
        Number(Attributes.ApproximateNumberOfMessages) +
        Number(Attributes.ApproximateNumberOfMessagesDelayed) +
        Number(Attributes.ApproximateNumberOfMessagesNotVisible);
      if (count > 0) left[queue] = count;
    }
    return left;
  }

  /** Subscribes a queue to the topic of alerts; the answer collects what has come since. */
  async listenForAlerts(): Promise<() => Promise<string[]>> {
    const sns = new SNSClient(clientOptions(this.access));
    this.#site.atEnd(async () => sns.destroy());
    const { QueueUrl = '' } = await this.sqs.send(new CreateQueueCommand({ QueueName: `${this.prefix}-told` }));
    const { Attributes } = await this.sqs.send(
      new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ['QueueArn'] }),
    );
    // Creating a topic that exists answers its ARN.
    const { TopicArn } = await sns.send(new CreateTopicCommand({ Name: `${this.prefix}_alerts` }));
    await sns.send(
      new SubscribeCommand({
        TopicArn,
        Protocol: 'sqs',
        Endpoint: Attributes?.QueueArn,
        Attributes: { RawMessageDelivery: 'true' },
      }),
    );
    const told: string[] = [];
    return async () => {
      for (;;) {
        const { Messages = [] } = await this.sqs.send(
          new ReceiveMessageCommand({ QueueUrl, MaxNumberOfMessages: 10, WaitTimeSeconds: 1 }),
        );
        if (Messages.length === 0) return told;
        told.push(...Messages.map(({ Body = '' }) => Body));
        const Entries = Messages.map(({ ReceiptHandle }, index) => ({ Id: String(index), ReceiptHandle }));
        await this.sqs.send(new DeleteMessageBatchCommand({ QueueUrl, Entries }));
      }
    };
  }
}
