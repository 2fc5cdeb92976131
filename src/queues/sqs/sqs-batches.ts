import {
  type BatchResultErrorEntry,
  ChangeMessageVisibilityBatchCommand,
  DeleteMessageBatchCommand,
  SendMessageBatchCommand,
} from '@aws-sdk/client-sqs';
import type { Clock } from '../../clock/clock.ts';
import { OrchestratorError } from '../../errors/orchestrator-error.ts';
import type { Log } from '../../telemetry/log.ts';
import type { OutgoingMessage } from '../queue.ts';
import { encodeAttributes } from './message-attributes.ts';
import { type ItemResult, MicroBatch } from './micro-batch.ts';
import type { SqsConnection } from './sqs-connection.ts';

/** What SQS takes in one batch call. */
const MAX_ENTRIES = 10;
/** Bytes of one batch call, all bodies and attributes; SQS takes more today, LocalStack and older limits do not. */
const MAX_BYTES = 256 * 1024;
/** Milliseconds that a call waits for others. Nobody waits for a deletion: the lease guards the work. */
const SEND_WINDOW_MS = 5;
const DELETE_WINDOW_MS = 50;
const VISIBILITY_WINDOW_MS = 5;
/** Tries of the entries that SQS failed by itself while it took the others. */
const ENTRY_TRIES = 3;
const ENTRY_PAUSE_MS = 100;
const MAX_DELAY_SECONDS = 900;
const MAX_VISIBILITY_SECONDS = 43_200;

/** A receipt that proves nothing (any more): the message was deleted, is visible again, or never was. */
const NOT_OURS = /ReceiptHandleIsInvalid|MessageNotInflight|InvalidParameterValue|InvalidIdFormat/;

type Entry<T> = T & { readonly Id: string };
type BatchCall<T> = (
  entries: readonly Entry<T>[],
) => Promise<{ readonly Failed?: BatchResultErrorEntry[] | undefined }>;

/** The calls of one queue that SQS takes in batches: at most ten entries, each with a fate of its own. */
export class SqsBatches {
  readonly #connection: SqsConnection;
  readonly #clock: Clock;
  readonly #log: Log;
  readonly sends: MicroBatch<OutgoingMessage, void>;
  readonly deletes: MicroBatch<string, void>;
  /** True when the message was ours. */
  readonly visibilities: MicroBatch<{ readonly receipt: string; readonly visibilityMs: number }, boolean>;

  constructor(connection: SqsConnection, clock: Clock, log: Log) {
    this.#connection = connection;
    this.#clock = clock;
    this.#log = log;
    const common = { clock, maxItems: MAX_ENTRIES };
    this.sends = new MicroBatch({
      ...common,
      windowMs: SEND_WINDOW_MS,
      maxWeight: MAX_BYTES,
      weightOf: bytesOf,
      run: (messages) => this.#send(messages),
    });
    this.deletes = new MicroBatch({ ...common, windowMs: DELETE_WINDOW_MS, run: (receipts) => this.#delete(receipts) });
    this.visibilities = new MicroBatch({
      ...common,
      windowMs: VISIBILITY_WINDOW_MS,
      run: (changes) => this.#setVisibilities(changes),
    });
  }

  /** Sends what still waits, and waits for what is under way. */
  async flush(): Promise<void> {
    await Promise.all([this.sends.flush(), this.deletes.flush(), this.visibilities.flush()]);
  }

  async #send(messages: readonly OutgoingMessage[]): Promise<ItemResult<void>[]> {
    const entries = messages.map(({ body, attributes, delayMs }) => ({
      MessageBody: body,
      MessageAttributes: encodeAttributes(attributes),
      // SQS delays 15 minutes at most: what is due later arrives early, is not taken up then, and is sent again by the
      // reconciler when it is due.
      DelaySeconds: Math.min(MAX_DELAY_SECONDS, Math.max(0, Math.ceil(delayMs / 1_000))),
    }));
    const failures = await this.#attempt(entries, (Entries) =>
      this.#connection.call('send to', (client, QueueUrl, options) =>
        client.send(new SendMessageBatchCommand({ QueueUrl, Entries: [...Entries] }), options),
      ),
    );
    return failures.map((failure) => this.#result(failure, 'send to', undefined));
  }

  async #delete(receipts: readonly string[]): Promise<ItemResult<void>[]> {
    const entries = receipts.map((ReceiptHandle) => ({ ReceiptHandle }));
    const failures = await this.#attempt(entries, (Entries) =>
      this.#connection.call('delete from', (client, QueueUrl, options) =>
        client.send(new DeleteMessageBatchCommand({ QueueUrl, Entries: [...Entries] }), options),
      ),
    );
    return failures.map((failure) => {
      const isOurs = failure === undefined || !NOT_OURS.test(failure.Code ?? '');
      return this.#result(isOurs ? failure : undefined, 'delete from', undefined);
    });
  }

  async #setVisibilities(
    changes: readonly { readonly receipt: string; readonly visibilityMs: number }[],
  ): Promise<ItemResult<boolean>[]> {
    const entries = changes.map(({ receipt, visibilityMs }) => ({
      ReceiptHandle: receipt,
      VisibilityTimeout: visibilitySeconds(visibilityMs),
    }));
    const failures = await this.#attempt(entries, (Entries) =>
      this.#connection.call('change visibility in', (client, QueueUrl, options) =>
        client.send(new ChangeMessageVisibilityBatchCommand({ QueueUrl, Entries: [...Entries] }), options),
      ),
    );
    return failures.map((failure) =>
      failure !== undefined && NOT_OURS.test(failure.Code ?? '')
        ? { ok: true, value: false }
        : this.#result(failure, 'change visibility in', true),
    );
  }

  /** What failed in the end, by place; undefined: done. Entries that SQS itself failed are tried again. */
  async #attempt<T extends object>(
    items: readonly T[],
    call: BatchCall<T>,
  ): Promise<(BatchResultErrorEntry | undefined)[]> {
    const failures = new Array<BatchResultErrorEntry | undefined>(items.length).fill(undefined);
    let left = items.map((item, index): Entry<T> => ({ ...item, Id: String(index) }));
    for (let tries = 1; left.length > 0; tries += 1) {
      const failed = new Map(((await call(left)).Failed ?? []).map((failure) => [failure.Id, failure]));
      for (const { Id } of left) failures[Number(Id)] = failed.get(Id);
      left = left.filter(({ Id }) => failed.get(Id)?.SenderFault === false);
      if (tries >= ENTRY_TRIES) break;
      if (left.length === 0) break;
      const codes = left.map(({ Id }) => failed.get(Id)?.Code);
      this.#log.debug({ queue: this.#connection.queueName, codes }, 'SQS failed some entries of a batch, trying again');
      await this.#clock.sleep(ENTRY_PAUSE_MS * 2 ** (tries - 1));
    }
    return failures;
  }

  #result<R>(failure: BatchResultErrorEntry | undefined, action: string, value: R): ItemResult<R> {
    if (failure === undefined) return { ok: true, value };
    const { Code, Message, SenderFault } = failure;
    const queue = this.#connection.queueName;
    const error = new OrchestratorError(
      'QUEUE_UNAVAILABLE',
      `SQS refuses an entry (${Code ?? 'unknown'}: ${Message ?? 'no reason given'}): cannot ${action} queue ${queue}`,
      {
        ...(SenderFault === true
          ? { retry: 'permanent' as const }
          : { retry: 'dependency-down' as const, dependency: 'sqs' }),
        context: { service: 'SQS', error: Code, queue },
      },
    );
    return { ok: false, error };
  }
}

/** Whole seconds, rounded up so that nothing is seen too early; at most the twelve hours that SQS allows. */
export function visibilitySeconds(visibilityMs: number): number {
  return Math.min(MAX_VISIBILITY_SECONDS, Math.max(0, Math.ceil(visibilityMs / 1_000)));
}

function bytesOf({ body, attributes }: OutgoingMessage): number {
  let bytes = Buffer.byteLength(body);
  for (const [name, value] of Object.entries(attributes)) {
    bytes += Buffer.byteLength(name) + Buffer.byteLength(value) + 'String'.length;
  }
  return bytes;
}
