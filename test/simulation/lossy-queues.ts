import { MemoryQueues } from '../../src/queues/memory/memory-queues.ts';
import type {
  OutgoingMessage,
  Queue,
  QueueName,
  QueueSet,
  ReceivedMessage,
  ReceiveOptions,
} from '../../src/queues/queue.ts';
import type { VirtualClock } from '../virtual-clock.ts';
import type { Machine } from './machine.ts';
import type { Prng } from './prng.ts';

export interface MessageFaults {
  readonly lose: number;
  readonly duplicate: number;
  readonly delay: number;
  /** Milliseconds, for those that are delayed. */
  readonly longestDelayMs: number;
}

/** Queues that lose, repeat and delay (and thereby reorder) what they are given, and can lose everything at once. */
export class LossyQueues {
  readonly #clock: VirtualClock;
  readonly #random: Prng;
  readonly #faults: () => MessageFaults;
  #generation = 0;
  #queues: MemoryQueues;

  constructor(clock: VirtualClock, random: Prng, faults: () => MessageFaults) {
    this.#clock = clock;
    this.#random = random;
    this.#faults = faults;
    this.#queues = new MemoryQueues(clock);
  }

  loseEverything(): void {
    const lost = this.#queues;
    this.#generation += 1;
    this.#queues = new MemoryQueues(this.#clock);
    void lost.close();
  }

  async send(name: QueueName, messages: readonly OutgoingMessage[]): Promise<void> {
    await this.#queues.queue(name).send(messages.flatMap((message) => this.#transmitted(message)));
  }

  /** The queues as a program on the machine sees them. */
  on(machine: Machine): QueueSet {
    const queues = new Map<QueueName, Queue>();
    const queue = (name: QueueName): Queue => {
      const known = queues.get(name) ?? machine.port('queue', this.#queue(name, machine));
      queues.set(name, known);
      return known;
    };
    return { metered: false, queue, close: async () => undefined };
  }

  #queue(name: QueueName, machine: Machine): Queue {
    const inner = (): Queue => this.#queues.queue(name);
    // A receipt of queues that are gone must not name a message of the new ones.
    const current = (receipt: string): string | undefined => {
      const [generation, rest] = receipt.split('/');
      return Number(generation) === this.#generation ? rest : undefined;
    };
    return {
      name,
      send: (messages) => this.send(name, messages),
      receive: async (options) => {
        const generation = this.#generation;
        const messages = await this.#receive(inner(), options, machine.death.signal);
        return messages.map(
          (message): ReceivedMessage => ({ ...message, receipt: `${generation}/${message.receipt}` }),
        );
      },
      setVisibility: async (receipt, visibilityMs) => {
        const known = current(receipt);
        return known !== undefined && (await inner().setVisibility(known, visibilityMs));
      },
      delete: (receipts) => inner().delete(receipts.flatMap((receipt) => current(receipt) ?? [])),
      depth: () => inner().depth(),
    };
  }

  /** A connection of a dead machine is closed: it takes no more messages. */
  async #receive(queue: Queue, { signal, ...options }: ReceiveOptions, death: AbortSignal): Promise<ReceivedMessage[]> {
    const closed = new AbortController();
    const close = (): void => closed.abort();
    if (signal?.aborted || death.aborted) close();
    signal?.addEventListener('abort', close, { once: true });
    death.addEventListener('abort', close, { once: true });
    try {
      return await queue.receive({ ...options, signal: closed.signal });
    } finally {
      signal?.removeEventListener('abort', close);
      death.removeEventListener('abort', close);
    }
  }

  #transmitted(message: OutgoingMessage): OutgoingMessage[] {
    const { lose, duplicate, delay, longestDelayMs } = this.#faults();
    if (this.#random.chance(lose)) return [];
    const copies = this.#random.chance(duplicate) ? 2 : 1;
    return Array.from({ length: copies }, () => {
      const extra = this.#random.chance(delay) ? this.#random.int(0, longestDelayMs) : 0;
      return { ...message, delayMs: message.delayMs + extra };
    });
  }
}
