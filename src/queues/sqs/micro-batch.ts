import type { Clock } from '../../clock/clock.ts';

export interface MicroBatchOptions<T, R> {
  readonly clock: Clock;
  /** Milliseconds that the first item waits for others. */
  readonly windowMs: number;
  /** Most items of one batch. */
  readonly maxItems: number;
  /** Most that the items of a batch may weigh together; an item that is heavier by itself goes alone. */
  readonly maxWeight?: number;
  readonly weightOf?: (item: T) => number;
  /** Answers for each item, in their order, what became of it. A rejection is that of every item. */
  readonly run: (items: readonly T[]) => Promise<readonly ItemResult<R>[]>;
}

export type ItemResult<R> = { readonly ok: true; readonly value: R } | { readonly ok: false; readonly error: unknown };

interface Entry<T, R> {
  readonly item: T;
  readonly resolve: (value: R) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * Makes one call of those that come within a few milliseconds of each other. Every caller waits for the result of its own
 * items, so that nothing is taken for done that is not.
 */
export class MicroBatch<T, R> {
  readonly #options: MicroBatchOptions<T, R>;
  readonly #running = new Set<Promise<void>>();
  #open: { readonly entries: Entry<T, R>[]; readonly full: AbortController; weight: number } | undefined;

  constructor(options: MicroBatchOptions<T, R>) {
    this.#options = options;
  }

  add(item: T): Promise<R> {
    return new Promise((resolve, reject) => {
      const { maxItems, maxWeight = Number.POSITIVE_INFINITY, weightOf = () => 0 } = this.#options;
      const weight = weightOf(item);
      if (this.#open !== undefined && this.#open.weight + weight > maxWeight) this.#dispatch();
      this.#open ??= this.#begin();
      this.#open.entries.push({ item, resolve, reject });
      this.#open.weight += weight;
      if (this.#open.entries.length >= maxItems) this.#dispatch();
    });
  }

  /** Sends what waits and resolves when all batches are through; never rejects, their callers are told. */
  async flush(): Promise<void> {
    this.#dispatch();
    while (this.#running.size > 0) await Promise.all(this.#running);
  }

  #begin() {
    const batch = { entries: [] as Entry<T, R>[], full: new AbortController(), weight: 0 };
    const done = this.#runLater(batch.entries, batch.full.signal);
    this.#running.add(done);
    void done.finally(() => this.#running.delete(done));
    return batch;
  }

  /** Closes the open batch: it goes now instead of at the end of its window. */
  #dispatch(): void {
    const batch = this.#open;
    this.#open = undefined;
    batch?.full.abort();
  }

  async #runLater(entries: readonly Entry<T, R>[], full: AbortSignal): Promise<void> {
    // A sleep, not a timer: it keeps a process alive that waits for nothing else.
    await this.#options.clock.sleep(this.#options.windowMs, full).catch(() => undefined);
    if (this.#open?.entries === entries) this.#open = undefined;
    try {
      const results = await this.#options.run(entries.map(({ item }) => item));
      for (const [index, { resolve, reject }] of entries.entries()) {
        const result = results[index];
        if (result?.ok) resolve(result.value);
        else reject(result?.error ?? new Error('a batch left an item without a result'));
      }
    } catch (error) {
      for (const { reject } of entries) reject(error);
    }
  }
}
