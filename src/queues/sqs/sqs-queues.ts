import { SQSClient } from '@aws-sdk/client-sqs';
import { type AwsAccess, clientOptions, observed } from '../../aws/aws-access.ts';
import type { Clock } from '../../clock/clock.ts';
import type { Log } from '../../telemetry/log.ts';
import type { Queue, QueueName, QueueSet } from '../queue.ts';
import { queueNamed, type SqsQueueNames } from './queue-names.ts';
import { SqsConnection } from './sqs-connection.ts';
import { SqsQueue } from './sqs-queue.ts';

export interface SqsQueuesOptions {
  readonly access: AwsAccess;
  readonly names: SqsQueueNames;
  readonly clock: Clock;
  readonly log: Log;
}

/**
 * The queues of one installation at Amazon SQS (or LocalStack). Nothing is asked of SQS before a queue is used, and no
 * queue is ever created here.
 */
export class SqsQueues implements QueueSet {
  readonly metered = true;
  readonly #options: SqsQueuesOptions;
  readonly #client: SQSClient;
  readonly #access: AwsAccess;
  readonly #queues = new Map<QueueName, SqsQueue>();
  readonly #closed = new AbortController();

  private constructor(options: SqsQueuesOptions) {
    const { access, names } = options;
    this.#options = options;
    // Queues given by ARN may be in another region than the rest.
    this.#access = { ...access, region: names.owner?.region ?? access.region };
    this.#client = observed(new SQSClient(clientOptions(this.#access)), 'sqs', this.#access);
  }

  static open(options: SqsQueuesOptions): SqsQueues {
    return new SqsQueues(options);
  }

  queue(name: QueueName): Queue {
    let queue = this.#queues.get(name);
    if (queue === undefined) {
      const { names, clock, log } = this.#options;
      queue = new SqsQueue({
        name,
        connection: new SqsConnection(this.#client, names, name, this.#access.endpoint),
        clock,
        log,
        queueOfArn: (arn) => {
          const fullName = arn.split(':').at(-1) ?? arn;
          return queueNamed(names, fullName) ?? fullName;
        },
        closed: this.#closed.signal,
      });
      this.#queues.set(name, queue);
    }
    return queue;
  }

  /** Ends all waiting, sends what is still to be sent, and closes the connections. */
  async close(): Promise<void> {
    this.#closed.abort();
    await Promise.all([...this.#queues.values()].map((queue) => queue.flush()));
    this.#client.destroy();
  }
}
