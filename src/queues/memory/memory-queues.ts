import type { Clock } from '../../clock/clock.ts';
import { FAILURE_QUEUE, maxReceivesOf, retentionOf } from '../message-lifetime.ts';
import type {
  OutgoingMessage,
  Queue,
  QueueDepth,
  QueueName,
  QueueSet,
  ReceivedMessage,
  ReceiveOptions,
} from '../queue.ts';

interface StoredMessage {
  readonly seq: number;
  readonly body: string;
  readonly attributes: Readonly<Record<string, string>>;
  readonly expiresAt: number;
  visibleAt: number;
  receiveCount: number;
}

/** Queues in memory, for the simulation: the same rules as the embedded ones, in the time of the given clock. */
export class MemoryQueues implements QueueSet {
  readonly metered = false;
  readonly #clock: Clock;
  readonly #queues = new Map<QueueName, MemoryQueue>();
  #lastSeq = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  queue(name: QueueName): Queue {
    return this.#queue(name);
  }

  async close(): Promise<void> {
    for (const queue of this.#queues.values()) queue.close();
  }

  #queue(name: QueueName): MemoryQueue {
    let queue = this.#queues.get(name);
    if (queue === undefined) {
      queue = new MemoryQueue(name, this.#clock, {
        nextSeq: () => {
          this.#lastSeq += 1;
          return this.#lastSeq;
        },
        giveUp: ({ body, attributes }) =>
          this.#queue(FAILURE_QUEUE).add({ body, attributes: { SourceQueue: name, ...attributes }, delayMs: 0 }),
      });
      this.#queues.set(name, queue);
    }
    return queue;
  }
}

interface Surroundings {
  /** Number of the next message; rising over all queues. */
  nextSeq(): number;
  /** Takes a message that was delivered too often. */
  giveUp(message: StoredMessage): void;
}

class MemoryQueue implements Queue {
  readonly name: QueueName;
  readonly #clock: Clock;
  readonly #surroundings: Surroundings;
  readonly #messages = new Map<number, StoredMessage>();
  readonly #waiters = new Set<() => void>();
  #closed = false;

  constructor(name: QueueName, clock: Clock, surroundings: Surroundings) {
    this.name = name;
    this.#clock = clock;
    this.#surroundings = surroundings;
  }

  async send(messages: readonly OutgoingMessage[]): Promise<void> {
    for (const message of messages) this.add(message);
  }

  add({ body, attributes, delayMs }: OutgoingMessage): void {
    const now = this.#clock.now();
    const seq = this.#surroundings.nextSeq();
    this.#messages.set(seq, {
      seq,
      body,
      attributes: Object.freeze({ ...attributes }),
      expiresAt: now + retentionOf(this.name),
      visibleAt: now + Math.max(0, Math.ceil(delayMs)),
      receiveCount: 0,
    });
    this.#wake();
  }

  async receive({ max, visibilityMs, waitMs, signal }: ReceiveOptions): Promise<ReceivedMessage[]> {
    const deadline = this.#clock.now() + waitMs;
    while (!signal?.aborted && !this.#closed) {
      const taken = this.#take(max, visibilityMs);
      if (taken.length > 0) return taken;
      if (this.#clock.now() >= deadline) break;
      const nextVisible = Math.min(deadline, ...[...this.#messages.values()].map(({ visibleAt }) => visibleAt));
      await this.#wait(nextVisible, signal);
    }
    return [];
  }

  async setVisibility(receipt: string, visibilityMs: number): Promise<boolean> {
    const message = this.#owned(receipt);
    if (message === undefined || message.visibleAt <= this.#clock.now()) return false;
    message.visibleAt = this.#clock.now() + visibilityMs;
    this.#wake();
    return true;
  }

  async delete(receipts: readonly string[]): Promise<void> {
    for (const receipt of receipts) {
      const message = this.#owned(receipt);
      if (message !== undefined) this.#messages.delete(message.seq);
    }
  }

  async depth(): Promise<QueueDepth> {
    const now = this.#clock.now();
    const kept = [...this.#messages.values()].filter(({ expiresAt }) => expiresAt > now);
    const ready = kept.filter(({ visibleAt }) => visibleAt <= now);
    const hidden = kept.filter(({ visibleAt }) => visibleAt > now);
    return {
      ready: ready.length,
      delayed: hidden.filter(({ receiveCount }) => receiveCount === 0).length,
      inFlight: hidden.filter(({ receiveCount }) => receiveCount > 0).length,
      oldestReadyAgeMs: ready.reduce((oldest, { visibleAt }) => Math.max(oldest, now - visibleAt), 0),
    };
  }

  close(): void {
    this.#closed = true;
    this.#wake();
  }

  #take(max: number, visibilityMs: number): ReceivedMessage[] {
    const now = this.#clock.now();
    const taken: ReceivedMessage[] = [];
    const visible = [...this.#messages.values()].filter(({ visibleAt }) => visibleAt <= now);
    for (const message of visible) {
      if (message.expiresAt <= now) {
        this.#messages.delete(message.seq);
      } else if (message.receiveCount >= maxReceivesOf(this.name)) {
        this.#messages.delete(message.seq);
        this.#surroundings.giveUp(message);
      } else if (taken.length < max) {
        message.receiveCount += 1;
        message.visibleAt = now + visibilityMs;
        const { seq, body, attributes, receiveCount } = message;
        taken.push({ id: String(seq), body, attributes, receipt: `${seq}:${receiveCount}`, receiveCount });
      }
    }
    return taken;
  }

  /** The message whose latest delivery the receipt proves. */
  #owned(receipt: string): StoredMessage | undefined {
    const [seq, delivery] = receipt.split(':').map(Number);
    const message = this.#messages.get(seq ?? Number.NaN);
    return message?.receiveCount === delivery ? message : undefined;
  }

  #wait(until: number, signal?: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const done = (): void => {
        cancel();
        signal?.removeEventListener('abort', done);
        this.#waiters.delete(done);
        resolve();
      };
      const cancel = this.#clock.after(Math.max(0, until - this.#clock.now()), done);
      signal?.addEventListener('abort', done, { once: true });
      this.#waiters.add(done);
    });
  }

  #wake(): void {
    for (const done of [...this.#waiters]) done();
  }
}
