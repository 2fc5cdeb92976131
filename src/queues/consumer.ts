import type { Clock, Entropy } from '../clock/clock.ts';
import { OrchestratorError } from '../errors/orchestrator-error.ts';
import type { Log } from '../telemetry/log.ts';
import { givenUp } from './failure-queue.ts';
import { FailureStreak } from './failure-streak.ts';
import { deliveriesOf, handBack, wakeBackoffMs } from './hand-back.ts';
import { decodeJobMessage, type JobMessage } from './job-queues.ts';
import { FAILURE_QUEUE } from './message-lifetime.ts';
import { PollingLoop } from './polling-loop.ts';
import { MAX_RECEIVES, type Queue, type QueueName, type QueueSet, type ReceivedMessage } from './queue.ts';

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
}

export interface ConsumerDependencies {
  readonly queue: Queue;
  readonly queues: QueueSet;
  readonly engine: WakeTarget;
  readonly clock: Clock;
  readonly entropy: Entropy;
  readonly log: Log;
  readonly visibilityMs: number;
}

const LONG_POLL_MS = 20_000;
const BATCH = 10;
/** How long a received message waits for a slot before others get it. */
const SLOT_WAIT_MS = 1_000;

/**
 * Where calls are charged for: rest between polls of a queue that has been empty for two of them. Nearly all work is handed
 * over without a message, and one that comes to an idle queue has that much time.
 */
const METERED_IDLE_REST_MS = 5_000;
const IDLE_AFTER_POLLS = 2;

/** `store-down`: the message is fine, the job store is not. */
type Fate = 'done' | 'store-down';

/**
 * Pulls one job queue. Never asks for more than there are free slots, stops asking while there are none, and deletes a
 * message as soon as its job is claimed: from then on the lease in the database, not the message, guards the work.
 */
export class Consumer {
  readonly #deps: ConsumerDependencies;
  readonly #loop: PollingLoop;
  readonly #storeFailures: FailureStreak;
  #emptyPolls = 0;

  constructor(deps: ConsumerDependencies) {
    this.#deps = deps;
    this.#loop = new PollingLoop({ ...deps, queue: deps.queue.name }, (signal) => this.#round(signal));
    this.#storeFailures = new FailureStreak({
      ...deps,
      fields: { queue: deps.queue.name },
      failing: 'wake-ups cannot be handled, handed back',
      working: 'wake-ups handled again',
    });
  }

  start(): void {
    this.#loop.start();
  }

  /** Stops receiving; what was received is dealt with first. */
  stop(): Promise<void> {
    return this.#loop.stop();
  }

  async #round(signal: AbortSignal): Promise<number> {
    const { queue, queues, engine, visibilityMs } = this.#deps;
    const slots = engine.slots(queue.name);
    await slots.available(signal);
    // A hand-over may have been faster: a queue must not be asked for nothing, it would answer at once or fail.
    const room = Math.min(BATCH, slots.free);
    if (signal.aborted || room <= 0) return 0;
    // Hand-overs may take the slots meanwhile. The poll goes on all the same: to cut it off would cost another call, and
    // hide what the queue had just picked for it.
    const messages = await queue.receive({ max: room, visibilityMs, waitMs: LONG_POLL_MS, signal });
    this.#emptyPolls = messages.length === 0 ? this.#emptyPolls + 1 : 0;
    if (messages.length === 0) {
      return queues.metered && this.#emptyPolls >= IDLE_AFTER_POLLS ? METERED_IDLE_REST_MS : 0;
    }
    const results = await Promise.allSettled(messages.map((message) => this.#take(message, slots, signal)));
    const failed = results.find((result) => result.status === 'rejected');
    if (failed !== undefined) throw failed.reason;
    const isStoreDown = results.some((result) => result.status === 'fulfilled' && result.value === 'store-down');
    return isStoreDown ? this.#storeFailures.pauseMs() : 0;
  }

  /** Rejects when the queue fails; the message then comes back by itself. */
  async #take(message: ReceivedMessage, slots: ConcurrencySlots, signal: AbortSignal): Promise<Fate> {
    const { queue, engine } = this.#deps;
    const wakeUp = decodeJobMessage(message);
    if (wakeUp === undefined) return this.#giveUp(message, 'not a job message');
    if (!(await this.#slot(slots, signal))) {
      await handBack(queue, message, 0);
      return 'done';
    }
    let claimed = false;
    try {
      claimed = await engine.wake(wakeUp, queue.name);
    } catch (error) {
      return await this.#failed(message, error);
    } finally {
      if (!claimed) slots.release();
    }
    this.#storeFailures.worked();
    await queue.delete([message.receipt]);
    return 'done';
  }

  /** Takes a slot, waiting a moment for it; false when there is none, and somebody else is to have the message. */
  async #slot(slots: ConcurrencySlots, signal: AbortSignal): Promise<boolean> {
    if (slots.tryAcquire()) return true;
    const enough = new AbortController();
    const end = (): void => enough.abort();
    const cancel = this.#deps.clock.after(SLOT_WAIT_MS, end);
    signal.addEventListener('abort', end, { once: true });
    try {
      while (!enough.signal.aborted && !signal.aborted) {
        await slots.available(enough.signal);
        if (slots.tryAcquire()) return true;
      }
      return false;
    } finally {
      cancel();
      signal.removeEventListener('abort', end);
    }
  }

  async #failed(message: ReceivedMessage, error: unknown): Promise<Fate> {
    const { queue, entropy, log } = this.#deps;
    const deliveries = deliveriesOf(message);
    const backoffMs = wakeBackoffMs(deliveries, entropy.random());
    if (error instanceof OrchestratorError && error.retry !== 'permanent') {
      this.#storeFailures.failed(error);
      await handBack(queue, message, backoffMs);
      return 'store-down';
    }
    // This message or its job is at fault, others may be fine.
    if (deliveries >= MAX_RECEIVES) return this.#giveUp(message, `wake-up failed: ${String(error)}`);
    log.error({ queue: queue.name, message: message.id, err: error }, 'wake-up failed, handed back');
    await queue.setVisibility(message.receipt, backoffMs);
    return 'done';
  }

  /** What nobody can handle goes to the failure queue, as it is, where an operator finds it. */
  async #giveUp(message: ReceivedMessage, reason: string): Promise<Fate> {
    const { queue, queues, log } = this.#deps;
    await queues.queue(FAILURE_QUEUE).send([givenUp(message, queue.name, reason)]);
    await queue.delete([message.receipt]);
    log.error({ queue: queue.name, message: message.id, reason }, 'message moved to the failure queue');
    return 'done';
  }
}
