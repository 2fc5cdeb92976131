import { GetQueueAttributesCommand, type Message, ReceiveMessageCommand } from '@aws-sdk/client-sqs';
import type { Clock } from '../../clock/clock.ts';
import type { Log } from '../../telemetry/log.ts';
import type { OutgoingMessage, Queue, QueueDepth, QueueName, ReceivedMessage, ReceiveOptions } from '../queue.ts';
import { decodeAttributes } from './message-attributes.ts';
import { SqsBatches, visibilitySeconds } from './sqs-batches.ts';
import type { SqsConnection } from './sqs-connection.ts';

/** The longest that SQS holds a poll back, and the most that it answers with. */
const MAX_WAIT_SECONDS = 20;
const MAX_MESSAGES = 10;

const COUNTS = [
  'ApproximateNumberOfMessages',
  'ApproximateNumberOfMessagesDelayed',
  'ApproximateNumberOfMessagesNotVisible',
] as const;

export interface SqsQueueDependencies {
  readonly name: QueueName;
  readonly connection: SqsConnection;
  readonly clock: Clock;
  readonly log: Log;
  /** The queue whose ARN SQS names as the one from which it moved a message here. */
  readonly queueOfArn: (arn: string) => string;
  /** Fires when the queues are closed. */
  readonly closed: AbortSignal;
}

/** One standard queue. */
export class SqsQueue implements Queue {
  readonly name: QueueName;
  readonly #deps: SqsQueueDependencies;
  readonly #batches: SqsBatches;

  constructor(deps: SqsQueueDependencies) {
    this.name = deps.name;
    this.#deps = deps;
    this.#batches = new SqsBatches(deps.connection, deps.clock, deps.log);
  }

  async send(messages: readonly OutgoingMessage[]): Promise<void> {
    await Promise.all(messages.map((message) => this.#batches.sends.add(message)));
  }

  /**
   * Long polls of whole seconds, rounded down: a wait below a second is a short poll, which SQS may answer with nothing
   * although there is something. When the signal fires the request is cut off; what SQS had just picked for it is not
   * lost but hidden, and comes back (as a further delivery) when `visibilityMs` is over.
   */
  async receive({ max, visibilityMs, waitMs, signal }: ReceiveOptions): Promise<ReceivedMessage[]> {
    const { clock, closed } = this.#deps;
    const deadline = clock.now() + waitMs;
    const abortSignal = signal === undefined ? closed : AbortSignal.any([signal, closed]);
    while (!abortSignal.aborted) {
      const left = Math.max(0, deadline - clock.now());
      const waitSeconds = Math.min(MAX_WAIT_SECONDS, Math.floor(left / 1_000));
      const messages = await this.#poll(Math.min(max, MAX_MESSAGES), visibilityMs, waitSeconds, abortSignal);
      if (messages.length > 0) return messages;
      if (deadline - clock.now() < 1_000) break;
    }
    return [];
  }

  setVisibility(receipt: string, visibilityMs: number): Promise<boolean> {
    return receipt === '' ? Promise.resolve(false) : this.#batches.visibilities.add({ receipt, visibilityMs });
  }

  async delete(receipts: readonly string[]): Promise<void> {
    const given = receipts.filter((receipt) => receipt !== '');
    await Promise.all(given.map((receipt) => this.#batches.deletes.add(receipt)));
  }

  /** As SQS counts, which is approximate for about a minute after a change; ages it does not tell. */
  async depth(): Promise<QueueDepth> {
    const { Attributes } = await this.#deps.connection.call('read the depth of', (client, QueueUrl, options) =>
      client.send(new GetQueueAttributesCommand({ QueueUrl, AttributeNames: [...COUNTS] }), options),
    );
    const [ready = 0, delayed = 0, inFlight = 0] = COUNTS.map((name) => Number(Attributes?.[name] ?? 0));
    return { ready, delayed, inFlight, oldestReadyAgeMs: undefined };
  }

  /** Resolves when everything that was asked for has been sent. */
  flush(): Promise<void> {
    return this.#batches.flush();
  }

  async #poll(
    max: number,
    visibilityMs: number,
    waitSeconds: number,
    abortSignal: AbortSignal,
  ): Promise<ReceivedMessage[]> {
    try {
      const { Messages } = await this.#deps.connection.call(
        'receive from',
        (client, QueueUrl, options) =>
          client.send(
            new ReceiveMessageCommand({
              QueueUrl,
              MaxNumberOfMessages: max,
              VisibilityTimeout: visibilitySeconds(visibilityMs),
              WaitTimeSeconds: waitSeconds,
              MessageAttributeNames: ['All'],
              MessageSystemAttributeNames: ['ApproximateReceiveCount', 'DeadLetterQueueSourceArn'],
            }),
            options,
          ),
        { abortSignal },
      );
      return (Messages ?? []).flatMap((message) => this.#received(message));
    } catch (error) {
      if (abortSignal.aborted) return [];
      throw error;
    }
  }

  #received({ MessageId, Body, ReceiptHandle, MessageAttributes, Attributes }: Message): ReceivedMessage[] {
    if (ReceiptHandle === undefined) return [];
    const attributes = decodeAttributes(MessageAttributes);
    const source = Attributes?.DeadLetterQueueSourceArn;
    return [
      {
        id: MessageId ?? ReceiptHandle,
        body: Body ?? '',
        attributes: source === undefined ? attributes : { SourceQueue: this.#deps.queueOfArn(source), ...attributes },
        receipt: ReceiptHandle,
        receiveCount: Number(Attributes?.ApproximateReceiveCount ?? 1),
      },
    ];
  }
}
