import type { Clock } from '../clock/clock.ts';
import { OrchestratorError, type OrchestratorErrorOptions } from '../errors/orchestrator-error.ts';
import type { Alert, AlertSink } from './alert-sink.ts';

export interface PromptAlertSinkOptions {
  readonly sink: AlertSink;
  readonly clock: Clock;
  /** Milliseconds that a caller waits at most. */
  readonly limitMs?: number;
}

/** The try goes on; `ended` settles as it does. */
export class OverdueAlertError extends OrchestratorError {
  readonly ended: Promise<void>;

  constructor(alert: Alert, ended: Promise<void>) {
    super('ALERTS_UNAVAILABLE', SLOW, slowDetails(alert));
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

  /** Fails with an {@link OverdueAlertError} when the limit is over, with ALERTS_UNAVAILABLE when nothing was tried. */
  send(alert: Alert): Promise<void> {
    if (this.#overdue > 0) return Promise.reject(new OrchestratorError('ALERTS_UNAVAILABLE', SLOW, slowDetails(alert)));
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

const SLOW = 'Alerts are not taken in time.';

function slowDetails({ fingerprint }: Alert): OrchestratorErrorOptions {
  return { retry: 'dependency-down', dependency: 'alerts', context: { fingerprint } };
}
