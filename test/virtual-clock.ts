import type { Clock } from '../src/clock/clock.ts';

interface Timer {
  readonly at: number;
  readonly seq: number;
  /** Undefined once it has run or was cancelled. */
  callback: (() => void) | undefined;
}

export interface VirtualClockOptions {
  /** Milliseconds since the epoch at the start. */
  readonly start?: number;
  /** Lets what a timer set off come to rest; called before the first and after each timer. By default four turns of the event loop. */
  readonly settle?: () => Promise<void>;
}

/**
 * Time that stands still until it is told to pass. Timers run in the order of their instants, then of their creation,
 * each only after what the one before set off has come to rest.
 */
export class VirtualClock implements Clock {
  readonly #settle: () => Promise<void>;
  /** Binary heap by (at, seq). Cancelled timers stay until they come up. */
  readonly #heap: Timer[] = [];
  #now: number;
  #lastSeq = 0;

  constructor({ start = 1_700_000_000_000, settle = settleTurns }: VirtualClockOptions = {}) {
    this.#now = start;
    this.#settle = settle;
  }

  now(): number {
    return this.#now;
  }

  after(ms: number, callback: () => void): () => void {
    this.#lastSeq += 1;
    const timer: Timer = { at: this.#now + Math.max(0, ms), seq: this.#lastSeq, callback };
    this.#push(timer);
    return () => {
      timer.callback = undefined;
    };
  }

  sleep(ms: number, signal?: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      if (signal?.aborted) {
        reject(signal.reason);
        return;
      }
      const onAbort = (): void => {
        cancel();
        reject(signal?.reason);
      };
      const cancel = this.after(ms, () => {
        signal?.removeEventListener('abort', onAbort);
        resolve();
      });
      signal?.addEventListener('abort', onAbort, { once: true });
    });
  }

  /** Instant of the next timer; undefined when there is none. */
  nextAt(): number | undefined {
    while (this.#heap[0] !== undefined && this.#heap[0].callback === undefined) this.#pop();
    return this.#heap[0]?.at;
  }

  /** Goes to the next timer, runs it and lets things settle; false when there is none at or before `until`. */
  async runNext(until = Number.POSITIVE_INFINITY): Promise<boolean> {
    const at = this.nextAt();
    if (at === undefined || at > until) return false;
    const timer = this.#pop();
    this.#now = Math.max(this.#now, at);
    const callback = timer?.callback;
    if (timer !== undefined) timer.callback = undefined;
    callback?.();
    await this.#settle();
    return true;
  }

  /** Lets `ms` pass: runs all timers that come due, also those that they set. */
  async advance(ms: number): Promise<void> {
    const target = this.#now + ms;
    await this.#settle();
    while (await this.runNext(target));
    this.#now = target;
  }

  #push(timer: Timer): void {
    const heap = this.#heap;
    let index = heap.push(timer) - 1;
    while (index > 0) {
      const parent = (index - 1) >> 1;
      if (!this.#isBefore(index, parent)) break;
      this.#swap(index, parent);
      index = parent;
    }
  }

  #pop(): Timer | undefined {
    const heap = this.#heap;
    const top = heap[0];
    const last = heap.pop();
    if (last === undefined || heap.length === 0) return top;
    heap[0] = last;
    for (let index = 0; ; ) {
      let first = index;
      for (const child of [2 * index + 1, 2 * index + 2]) {
        if (child < heap.length && this.#isBefore(child, first)) first = child;
      }
      if (first === index) return top;
      this.#swap(index, first);
      index = first;
    }
  }

  #isBefore(left: number, right: number): boolean {
    const [a, b] = [this.#heap[left], this.#heap[right]];
    return a !== undefined && b !== undefined && (a.at < b.at || (a.at === b.at && a.seq < b.seq));
  }

  #swap(left: number, right: number): void {
    const [a, b] = [this.#heap[left], this.#heap[right]];
    if (a === undefined || b === undefined) return;
    this.#heap[left] = b;
    this.#heap[right] = a;
  }
}

/** Turns after which promise chains and group commits set off by a timer have come to rest. */
async function settleTurns(): Promise<void> {
  for (let turn = 0; turn < 4; turn += 1) await new Promise<void>((resolve) => setImmediate(resolve));
}
