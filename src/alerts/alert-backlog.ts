import type { Clock } from '../clock/clock.ts';
import type { Log } from '../telemetry/log.ts';
import type { Alert, AlertSink } from './alert-sink.ts';

export interface AlertBacklogOptions {
  readonly sink: AlertSink;
  readonly clock: Clock;
  readonly log: Log;
  /** Alerts that are kept; beyond them the oldest goes to the log only. */
  readonly capacity?: number;
  /** Milliseconds between tries while the sink fails. */
  readonly retryMs?: number;
}

/**
 * Takes every alert at once and sends it when the sink takes it, in order. For alerts that no record owes: whoever raises
 * one neither waits nor fails. A process that ends before the sink is back has them in its log.
 */
export class AlertBacklog implements AlertSink {
  readonly #options: AlertBacklogOptions;
  readonly #waiting: Alert[] = [];
  #sending: Promise<void> | undefined;
  #cancelRetry: (() => void) | undefined;
  #stopped = false;

  constructor(options: AlertBacklogOptions) {
    this.#options = options;
  }

  /** Alerts that are not sent yet. */
  get length(): number {
    return this.#waiting.length;
  }

  send(alert: Alert): Promise<void> {
    const { log, capacity = 200 } = this.#options;
    if (this.#waiting.some(({ fingerprint }) => fingerprint === alert.fingerprint)) return Promise.resolve();
    this.#waiting.push(alert);
    if (this.#waiting.length > capacity) {
      // The first one may be on its way.
      const [dropped] = this.#waiting.splice(this.#sending === undefined ? 0 : 1, 1);
      if (dropped !== undefined) log.error({ alert: dropped.fingerprint }, `alert not sent: ${dropped.text}`);
    }
    if (this.#cancelRetry === undefined) this.#start();
    return Promise.resolve();
  }

  /** Waits for what is being sent, at most `graceMs`, and writes what is left to the log. */
  async stop(graceMs: number): Promise<void> {
    const { clock, log } = this.#options;
    this.#stopped = true;
    this.#cancelRetry?.();
    if (this.#sending !== undefined) {
      let cancel: () => void = () => undefined;
      const limit = new Promise<void>((resolve) => {
        cancel = clock.after(graceMs, resolve);
      });
      await Promise.race([this.#sending, limit]);
      cancel();
    }
    for (const { fingerprint, text } of this.#waiting) log.error({ alert: fingerprint }, `alert not sent: ${text}`);
  }

  #start(): void {
    if (this.#sending !== undefined || this.#stopped) return;
    this.#sending = this.#sendAll().finally(() => {
      this.#sending = undefined;
      // Came between the last look and now.
      if (this.#waiting.length > 0 && this.#cancelRetry === undefined) this.#start();
    });
  }

  async #sendAll(): Promise<void> {
    const { sink, clock, log, retryMs = 5_000 } = this.#options;
    for (let alert = this.#waiting[0]; alert !== undefined; alert = this.#waiting[0]) {
      try {
        await sink.send(alert);
        this.#waiting.shift();
      } catch (error) {
        log.warn({ alert: alert.fingerprint, err: error, waiting: this.#waiting.length }, 'alert kept, trying again');
        if (this.#stopped) return;
        this.#cancelRetry = clock.after(retryMs, () => {
          this.#cancelRetry = undefined;
          this.#start();
        });
        return;
      }
    }
  }
}
