import type { Clock, Entropy } from '../clock/clock.ts';
import type { Log } from '../telemetry/log.ts';
import { FailureStreak } from './failure-streak.ts';
import type { QueueName } from './queue.ts';

export interface PollingLoopDependencies {
  readonly queue: QueueName;
  readonly clock: Clock;
  readonly entropy: Entropy;
  readonly log: Log;
}

/**
 * One look into the queue and what comes of it. Answers the milliseconds to rest before the next one. It is to return soon
 * after the signal has fired.
 */
export type PollingRound = (signal: AbortSignal) => Promise<number>;

/** Repeats a round until it is stopped; pauses, longer and longer, while rounds fail. */
export class PollingLoop {
  readonly #clock: Clock;
  readonly #streak: FailureStreak;
  readonly #round: PollingRound;
  readonly #stop = new AbortController();
  #running: Promise<void> = Promise.resolve();

  constructor({ queue, clock, entropy, log }: PollingLoopDependencies, round: PollingRound) {
    this.#clock = clock;
    this.#round = round;
    this.#streak = new FailureStreak({
      clock,
      entropy,
      log,
      fields: { queue },
      failing: 'queue cannot be worked off',
      working: 'queue is worked off again',
    });
  }

  start(): void {
    this.#running = this.#run();
  }

  /** Starts no further round; resolves when the running one is through. */
  async stop(): Promise<void> {
    this.#stop.abort();
    await this.#running;
  }

  async #run(): Promise<void> {
    const { signal } = this.#stop;
    while (!signal.aborted) {
      let restMs: number;
      try {
        restMs = await this.#round(signal);
        this.#streak.worked();
      } catch (error) {
        this.#streak.failed(error);
        restMs = this.#streak.pauseMs();
      }
      if (restMs > 0) await this.#clock.sleep(restMs, signal).catch(() => undefined);
    }
  }
}
