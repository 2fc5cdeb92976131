import type { Clock } from '../clock/clock.ts';
import type { Log } from '../telemetry/log.ts';
import { decodeJobMessage, type JobMessage } from './job-queues.ts';
import type { Queue, QueueName, QueueSet, ReceivedMessage } from './queue.ts';

/** Who deals with wake-ups: the job engine. */
export interface WakeTarget {
  slots(queue: QueueName): ConcurrencySlots;
  /** True when the job was claimed; the work then owns the slot that the caller took for it. */
  wake(message: JobMessage, queue: QueueName): Promise<boolean>;
}

export interface ConcurrencySlots {
  readonly free: number;
  tryAcquire(): boolean;
  release(): void;
  /** Resolves once a slot may be free, or the signal fires. */
  available(signal: AbortSignal): Promise<void>;
  /** Calls `listener` when the last slot is taken, until the returned function is called. */
  onFull(listener: () => void): () => void;
}

export interface ConsumerDependencies {
  readonly queue: Queue;
  readonly queues: QueueSet;
  readonly engine: WakeTarget;
  readonly clock: Clock;
  readonly log: Log;
  readonly visibilityMs: number;
}

const LONG_POLL_MS = 20_000;
const BATCH = 10;
const ERROR_PAUSE_MS = 1_000;

/**
 * Pulls one job queue. Never asks for more than there are free slots, stops asking while there are none, and deletes a
 * message as soon as its job is claimed: from then on the lease in the database, not the message, guards the work.
 */
export class Consumer {
  readonly #deps: ConsumerDependencies;
  readonly #stop = new AbortController();
  #loop: Promise<void> = Promise.resolve();

  constructor(deps: ConsumerDependencies) {
    this.#deps = deps;
  }

  start(): void {
    this.#loop = this.#run();
  }

  /** Stops receiving; what was received is dealt with first. */
  async stop(): Promise<void> {
    this.#stop.abort();
    await this.#loop;
  }

  async #run(): Promise<void> {
    const { queue, engine, clock, log } = this.#deps;
    const slots = engine.slots(queue.name);
    const { signal } = this.#stop;
    while (!signal.aborted) {
      try {
        await slots.available(signal);
        if (signal.aborted) return;
        // A hand-over may have been faster: a queue must not be asked for nothing, it would answer at once or fail.
        const room = Math.min(BATCH, slots.free);
        if (room <= 0) continue;
        const messages = await this.#receive(room);
        await Promise.all(messages.map((message) => this.#take(message)));
      } catch (error) {
        log.warn({ queue: queue.name, err: error }, 'queue not readable, trying again');
        await clock.sleep(ERROR_PAUSE_MS, signal).catch(() => undefined);
      }
    }
  }

  /** Long poll that ends early when direct hand-overs have taken the last slot. */
  async #receive(max: number): Promise<ReceivedMessage[]> {
    const { queue, engine, visibilityMs } = this.#deps;
    const full = new AbortController();
    const unsubscribe = engine.slots(queue.name).onFull(() => full.abort());
    const stop = () => full.abort();
    this.#stop.signal.addEventListener('abort', stop, { once: true });
    try {
      return await queue.receive({ max, visibilityMs, waitMs: LONG_POLL_MS, signal: full.signal });
    } finally {
      unsubscribe();
      this.#stop.signal.removeEventListener('abort', stop);
    }
  }

  async #take(message: ReceivedMessage): Promise<void> {
    const { queue, engine, log } = this.#deps;
    const wakeUp = decodeJobMessage(message);
    if (wakeUp === undefined) return this.#park(message);
    const slots = engine.slots(queue.name);
    // A hand-over may have been faster: then the message goes back for whoever has room.
    if (!slots.tryAcquire()) {
      await queue.setVisibility(message.receipt, 0);
      return;
    }
    let claimed = false;
    try {
      claimed = await engine.wake(wakeUp, queue.name);
      await queue.delete([message.receipt]);
    } catch (error) {
      // Not deleted: it becomes visible again, and the reconciler would send it anyway.
      log.warn({ queue: queue.name, message: message.id, err: error }, 'wake-up not handled');
    } finally {
      if (!claimed) slots.release();
    }
  }

  /** What cannot be read goes to the failure queue, as it is, where an operator finds it. */
  async #park(message: ReceivedMessage): Promise<void> {
    const { queue, queues, log } = this.#deps;
    const attributes = { ...message.attributes, SourceQueue: queue.name };
    await queues.queue('job_handle_failure').send([{ body: message.body, attributes, delayMs: 0 }]);
    await queue.delete([message.receipt]);
    log.error({ queue: queue.name, message: message.id }, 'message is not a job message, parked in the failure queue');
  }
}
