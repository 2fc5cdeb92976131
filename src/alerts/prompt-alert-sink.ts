import type { Clock } from '../clock/clock.ts';
import { OrchestratorError } from '../errors/orchestrator-error.ts';
import type { Alert, AlertSink } from './alert-sink.ts';

export interface PromptAlertSinkOptions {
  readonly sink: AlertSink;
  readonly clock: Clock;
  /** Milliseconds that a caller waits at most. */
  readonly limitMs?: number;
}

/** The limit was over. `ended` settles as the try does, which goes on; undefined when nothing was tried. */
export class OverdueAlertError extends OrchestratorError {
  readonly ended: Promise<void> | undefined;

  constructor({ fingerprint }: Alert, ended?: Promise<void>) {
    super('ALERTS_UNAVAILABLE', 'Alerts are not taken in time.', {
      retry: 'dependency-down',
      dependency: 'alerts',
      context: { fingerprint },
    });
    this.ended = ended;
  }
}

/**
 * Answers within a limit whatever the sink behind it does, so that no work waits for a topic that does not answer. While
 * a try outlasts the limit, further alerts are refused at once; the callers keep what they owe and come again.
 */
export class PromptAlertSink implements AlertSink {
  readonly #sink: AlertSink;
  readonly #clock: Clock;
  readonly #limitMs: number;
  #overdue = 0;

  constructor({ sink, clock, limitMs = 5_000 }: PromptAlertSinkOptions) {
    this.#sink = sink;
    this.#clock = clock;
    this.#limitMs = limitMs;
  }

  /** Fails with an {@link OverdueAlertError} too. */
  send(alert: Alert): Promise<void> {
    if (this.#overdue > 0) return Promise.reject(new OverdueAlertError(alert));
    return new Promise((resolve, reject) => {
      let isOverdue = false;
      const ended = this.#sink.send(alert).finally(() => {
        cancel();
        if (isOverdue) this.#overdue -= 1;
      });
      const cancel = this.#clock.after(this.#limitMs, () => {
        isOverdue = true;
        this.#overdue += 1;
        reject(new OverdueAlertError(alert, ended));
      });
      ended.then(resolve, reject);
    });
  }
}
