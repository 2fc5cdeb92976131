import type { Clock, Entropy } from '../clock/clock.ts';
import type { Log } from '../telemetry/log.ts';
import type { HeldJob } from './held-job.ts';

/** Renews every lease of this instance: one jittered timer for all of them, armed only while something is held. */
export class Heartbeat {
  readonly #clock: Clock;
  readonly #entropy: Entropy;
  readonly #log: Log;
  readonly #intervalMs: number;
  readonly #held = new Set<HeldJob>();
  /** Renewals without an answer yet. */
  readonly #beating = new Set<HeldJob>();
  #cancel: (() => void) | undefined;

  constructor(clock: Clock, entropy: Entropy, log: Log, intervalMs: number) {
    this.#clock = clock;
    this.#entropy = entropy;
    this.#log = log;
    this.#intervalMs = intervalMs;
  }

  add(held: HeldJob): void {
    this.#held.add(held);
    if (this.#cancel === undefined) this.#arm();
  }

  remove(held: HeldJob): void {
    this.#held.delete(held);
  }

  #arm(): void {
    const jitter = 0.8 + 0.2 * this.#entropy.random();
    this.#cancel = this.#clock.after(this.#intervalMs * jitter, () => {
      this.#cancel = undefined;
      if (this.#held.size === 0) return;
      for (const held of this.#held) void this.#beat(held);
      this.#arm();
    });
  }

  async #beat(held: HeldJob): Promise<void> {
    const now = this.#clock.now();
    // A store that does not answer is like one that fails: past the expiry somebody else may hold the job.
    if (this.#beating.has(held)) return held.expireAt(now);
    // A job that was claimed a moment ago need not be written again by this round.
    const acquired = held.job.lease?.acquired_at ?? now;
    if (now - acquired < this.#intervalMs / 2) return;
    this.#beating.add(held);
    try {
      await held.renew();
    } catch (error) {
      this.#log.warn({ job: held.job.id, err: error }, 'lease not renewed, trying again at the next beat');
      held.expireAt(this.#clock.now());
    } finally {
      this.#beating.delete(held);
    }
  }

  stop(): void {
    this.#cancel?.();
    this.#cancel = undefined;
    this.#held.clear();
  }
}
