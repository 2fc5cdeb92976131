import { GetQueueUrlCommand, type SQSClient } from '@aws-sdk/client-sqs';
import { awsErrorName, awsFailure } from '../../aws/aws-failure.ts';
import { OrchestratorError } from '../../errors/orchestrator-error.ts';
import type { QueueName } from '../queue.ts';
import { fullQueueName, knownQueueUrl, type SqsQueueNames } from './queue-names.ts';

/** What a request of the SDK is sent with. */
export interface RequestOptions {
  readonly abortSignal?: AbortSignal;
  /** Milliseconds. */
  readonly requestTimeout?: number;
}

/** For all but long polls, which SQS itself holds back for up to 20 s. */
const QUICK: RequestOptions = { requestTimeout: 10_000 };

const NO_QUEUE = /QueueDoesNotExist|NonExistentQueue/;

/** One queue at SQS: finds its URL when it is first needed and puts failures in our terms. */
export class SqsConnection {
  readonly queueName: string;
  readonly #client: SQSClient;
  readonly #names: SqsQueueNames;
  readonly #knownUrl: string | undefined;
  #url: Promise<string> | undefined;

  constructor(client: SQSClient, names: SqsQueueNames, queue: QueueName, endpoint: string | undefined) {
    this.#client = client;
    this.#names = names;
    this.queueName = fullQueueName(names, queue);
    this.#knownUrl = knownQueueUrl(names, queue, endpoint);
  }

  /** Makes a request. `action` completes "cannot ... queue mo_..."; fails with QUEUE_UNAVAILABLE. */
  async call<R>(
    action: string,
    request: (client: SQSClient, queueUrl: string, options: RequestOptions) => Promise<R>,
    options: RequestOptions = QUICK,
  ): Promise<R> {
    try {
      return await request(this.#client, await this.#queueUrl(), options);
    } catch (error) {
      throw this.#failure(error, action);
    }
  }

  #queueUrl(): Promise<string> {
    this.#url ??= this.#findUrl().catch((error: unknown) => {
      this.#url = undefined; // asked again by the next call
      throw error;
    });
    return this.#url;
  }

  async #findUrl(): Promise<string> {
    if (this.#knownUrl !== undefined) return this.#knownUrl;
    const { QueueUrl } = await this.#client.send(new GetQueueUrlCommand({ QueueName: this.queueName }), QUICK);
    if (QueueUrl === undefined) throw new Error('SQS answers without a queue URL');
    return QueueUrl;
  }

  #failure(error: unknown, action: string): OrchestratorError {
    if (!NO_QUEUE.test(awsErrorName(error))) {
      return awsFailure(error, {
        service: 'SQS',
        action: `${action} queue ${this.queueName}`,
        code: 'QUEUE_UNAVAILABLE',
      });
    }
    return new OrchestratorError('QUEUE_UNAVAILABLE', `there is no SQS queue ${this.queueName}`, {
      retry: 'dependency-down',
      dependency: 'sqs',
      context: { service: 'SQS', error: awsErrorName(error), queue: this.queueName },
      cause: error,
      hint:
        this.#names.owner === undefined
          ? 'Create the queues with: orchestrator setup --aws --aws-sqs; or check the queue identifier, the prefix and the region.'
          : 'Queues given by ARN are not created by setup: check the ARN, or create them.',
    });
  }
}
