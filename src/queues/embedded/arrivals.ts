import type { Clock } from '../../clock/clock.ts';
import type { QueueName } from '../queue.ts';

/** Longest time after which a message sent by another process is noticed while somebody waits. */
const POLL_MS = 50;

interface Waiter {
  readonly queue: QueueName;
  readonly wake: () => void;
}

/**
 * Wakes receivers when there may be something for them: at once for messages of this process, at the due time for
 * delayed and hidden ones, and within {@link POLL_MS} for those of other processes, seen by one cheap number of the
 * database file. Nothing runs while nobody waits.
 */
export class Arrivals {
  readonly #clock: Clock;
  readonly #dataVersion: () => number;
  readonly #waiters = new Set<Waiter>();
  readonly #generations = new Map<QueueName, number>();
  #isPolling = false;
  #seenVersion = 0;

  constructor(clock: Clock, dataVersion: () => number) {
    this.#clock = clock;
    this.#dataVersion = dataVersion;
  }

  /** To be read before looking into the queue, so that nothing that arrives in between is missed. */
  generation(queue: QueueName): number {
    return this.#generations.get(queue) ?? 0;
  }

  /** Something of this process changed in the queue: a message came, or became visible earlier. */
  notify(queue: QueueName): void {
    this.#generations.set(queue, this.generation(queue) + 1);
    for (const waiter of this.#waiters) if (waiter.queue === queue) waiter.wake();
  }

  /** Resolves when the queue is worth another look, at `until`, or when the signal fires; at once when `seen` is outdated. */
  wait(queue: QueueName, seen: number, until: number, signal?: AbortSignal): Promise<void> {
    if (seen !== this.generation(queue) || signal?.aborted) return Promise.resolve();
    return new Promise((resolve) => {
      const done = (): void => {
        cancel();
        signal?.removeEventListener('abort', done);
        this.#waiters.delete(waiter);
        resolve();
      };
      const waiter: Waiter = { queue, wake: done };
      const cancel = this.#clock.after(Math.max(0, until - this.#clock.now()), done);
      signal?.addEventListener('abort', done, { once: true });
      this.#waiters.add(waiter);
      if (!this.#isPolling) void this.#poll();
    });
  }

  /** Wakes everybody. */
  close(): void {
    for (const waiter of this.#waiters) waiter.wake();
  }

  /** Runs while somebody waits; its sleep also keeps the process alive for them. */
  async #poll(): Promise<void> {
    this.#isPolling = true;
    while (this.#waiters.size > 0) {
      await this.#clock.sleep(POLL_MS);
      if (this.#changedElsewhere()) for (const waiter of this.#waiters) waiter.wake();
    }
    this.#isPolling = false;
  }

  #changedElsewhere(): boolean {
    try {
      const version = this.#dataVersion();
      const changed = version !== this.#seenVersion;
      this.#seenVersion = version;
      return changed;
    } catch {
      return true; // the receivers that look now meet the same error and report it
    }
  }
}
