import type { Clock, Entropy } from '../clock/clock.ts';
import type { Log } from '../telemetry/log.ts';

const FIRST_PAUSE_MS = 500;
const LONGEST_PAUSE_MS = 30_000;

export interface FailureStreakDependencies {
  readonly clock: Clock;
  readonly entropy: Entropy;
  readonly log: Log;
  /** Fields of every line, for example the queue. */
  readonly fields: object;
  /** Says what fails and what works again, for example `the queue cannot be read`. */
  readonly failing: string;
  readonly working: string;
}

/** Failures in a row of one thing: told once when they begin and once when they end, with growing pauses in between. */
export class FailureStreak {
  readonly #deps: FailureStreakDependencies;
  #failures = 0;
  #since = 0;

  constructor(deps: FailureStreakDependencies) {
    this.#deps = deps;
  }

  failed(error: unknown): void {
    const { clock, log, fields, failing } = this.#deps;
    this.#failures += 1;
    if (this.#failures === 1) {
      this.#since = clock.now();
      log.warn({ ...fields, err: error }, `${failing}, trying again until it works`);
    } else {
      log.debug({ ...fields, err: error, failures: this.#failures }, failing);
    }
  }

  worked(): void {
    if (this.#failures === 0) return;
    const { clock, log, fields, working } = this.#deps;
    log.info({ ...fields, failures: this.#failures, seconds: (clock.now() - this.#since) / 1_000 }, working);
    this.#failures = 0;
  }

  /** Milliseconds to wait before the next try: exponential with full jitter, at most 30 s. */
  pauseMs(): number {
    return fullJitterMs(this.#failures - 1, this.#deps.entropy.random(), FIRST_PAUSE_MS, LONGEST_PAUSE_MS);
  }
}

/** Uniform up to `min(longest, first * 2^exponent)`, at least a tenth of that so that nothing spins. */
export function fullJitterMs(exponent: number, random: number, firstMs: number, longestMs: number): number {
  const ceiling = Math.min(longestMs, firstMs * 2 ** Math.max(0, Math.min(exponent, 30)));
  return Math.ceil(ceiling * (0.1 + 0.9 * random));
}
