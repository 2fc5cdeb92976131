import type { Clock } from '../../clock/clock.ts';
import { OrchestratorError } from '../../errors/orchestrator-error.ts';
import type { CallObserver } from './observed-calls.ts';

export interface OutageWatchOptions {
  readonly clock: Clock;
  /** A small call that shows whether the dependency answers. */
  readonly probe: () => Promise<unknown>;
  /** Milliseconds without an answer after which it is down, and with answers only after which it is back. */
  readonly limitMs: number;
  readonly onDown: (outage: Outage) => void;
  /** Now and then while it is down. */
  readonly onStillDown: () => void;
  readonly onBack: (outage: Outage, durationMs: number) => void;
}

export interface Outage {
  /** Milliseconds since the epoch of the first call without an answer. */
  readonly since: number;
  /** What the last failed call said; undefined when calls hang. */
  readonly error: unknown;
}

const PROBE_EVERY_MS = 2_000;
const CHECK_EVERY_MS = 1_000;

/**
 * Decides from the calls to one dependency whether it is down: some call had no answer for the limit, none had one since,
 * and a probe has none either. What began before the last answer proves nothing. It is back when it has answered for the
 * limit without a failure, so that one that comes and goes is one outage.
 */
export class OutageWatch implements CallObserver {
  readonly #options: OutageWatchOptions;
  /** Instants at which impatient calls that run began; oldest first. */
  readonly #pending = new Set<{ readonly at: number }>();
  #lastAnswerAt = Number.NEGATIVE_INFINITY;
  #firstFailureAt: number | undefined;
  #lastError: unknown;
  #state: 'up' | 'suspected' | 'down' = 'up';
  #outage: Outage | undefined;
  /** Since when every probe is answered in time, while it is down. */
  #answersSince: number | undefined;
  #isArmed = false;
  #isProbing = false;
  #stopped = false;

  constructor(options: OutageWatchOptions) {
    this.#options = options;
  }

  async observe<T>(call: () => Promise<T>, { patient }: { readonly patient: boolean }): Promise<T> {
    const started = { at: this.#options.clock.now() };
    if (!patient) {
      this.#pending.add(started);
      this.#arm(this.#options.limitMs);
    }
    try {
      const answer = await call();
      this.#answered();
      return answer;
    } catch (error) {
      if (isOutage(error)) this.#failed(started.at, patient ? this.#options.clock.now() : started.at, error);
      else if (isAnswer(error)) this.#answered();
      throw error;
    } finally {
      this.#pending.delete(started);
    }
  }

  /** No decision is made any more; calls go on passing through. */
  stop(): void {
    this.#stopped = true;
  }

  #answered(): void {
    const now = this.#options.clock.now();
    this.#lastAnswerAt = now;
    this.#firstFailureAt = undefined;
  }

  #failed(startedAt: number, since: number, error: unknown): void {
    if (startedAt < this.#lastAnswerAt) return;
    this.#lastError = error;
    this.#answersSince = undefined;
    this.#firstFailureAt ??= since;
    this.#consider();
  }

  /** Since when calls have been without an answer; positive infinity when none shows it. */
  #silentSince(): number {
    const [oldest] = this.#pending;
    const hanging = oldest === undefined ? Number.POSITIVE_INFINITY : Math.max(oldest.at, this.#lastAnswerAt);
    return Math.min(this.#firstFailureAt ?? Number.POSITIVE_INFINITY, hanging);
  }

  #arm(delayMs: number): void {
    if (this.#isArmed || this.#stopped) return;
    this.#isArmed = true;
    this.#options.clock.after(delayMs, () => {
      this.#isArmed = false;
      if (this.#pending.size === 0) return;
      this.#consider();
      const { clock, limitMs } = this.#options;
      this.#arm(Math.max(CHECK_EVERY_MS, this.#silentSince() + limitMs - clock.now()));
    });
  }

  #consider(): void {
    const { clock, limitMs } = this.#options;
    const since = this.#silentSince();
    if (this.#state !== 'up' || this.#stopped || clock.now() - since < limitMs) return;
    this.#state = 'suspected';
    void this.#confirm(since);
  }

  /** Some instance may just have had bad luck, or an old call failed late: one more call decides. */
  async #confirm(since: number): Promise<void> {
    const { clock, limitMs, onDown } = this.#options;
    const askedAt = clock.now();
    const failed = await Promise.race([this.#probe(), this.#after(limitMs)]);
    if (!failed || this.#lastAnswerAt >= askedAt || this.#stopped) {
      this.#state = 'up';
      return;
    }
    this.#state = 'down';
    this.#answersSince = undefined;
    this.#outage = { since, error: this.#lastError };
    onDown(this.#outage);
    this.#watchForReturn();
  }

  #watchForReturn(): void {
    const { clock, limitMs, onBack, onStillDown } = this.#options;
    clock.after(PROBE_EVERY_MS, () => {
      if (this.#stopped || this.#outage === undefined) return;
      // Calls that began long ago may still be answered by a system that takes no new ones.
      if (this.#isProbing) this.#answersSince = undefined;
      if (this.#answersSince !== undefined && clock.now() - this.#answersSince >= limitMs) {
        const outage = this.#outage;
        this.#state = 'up';
        this.#outage = undefined;
        this.#lastError = undefined;
        onBack(outage, this.#answersSince - outage.since);
        return;
      }
      onStillDown();
      // A probe that hangs is the best probe: it answers as soon as anything does.
      if (!this.#isProbing) void this.#probe();
      this.#watchForReturn();
    });
  }

  /** True when the probe had no answer. */
  async #probe(): Promise<boolean> {
    const startedAt = this.#options.clock.now();
    this.#isProbing = true;
    try {
      await this.#options.probe();
    } catch (error) {
      if (isOutage(error)) {
        this.#failed(startedAt, startedAt, error);
        return true;
      }
    } finally {
      this.#isProbing = false;
    }
    this.#answered();
    this.#answersSince ??= this.#options.clock.now();
    return false;
  }

  #after(ms: number): Promise<true> {
    return new Promise((resolve) => {
      this.#options.clock.after(ms, () => resolve(true));
    });
  }
}

/** The other side did not answer. */
function isOutage(error: unknown): boolean {
  return error instanceof OrchestratorError && error.retry === 'dependency-down';
}

/** Only the other side can have said that. */
function isAnswer(error: unknown): boolean {
  return error instanceof OrchestratorError && (error.code === 'OBJECT_NOT_FOUND' || error.retry === 'rate-limited');
}
