import type { Clock } from '../clock/clock.ts';
import { OrchestratorError } from '../errors/orchestrator-error.ts';
import type { Alert, AlertSink } from './alert-sink.ts';

export interface PromptAlertSinkOptions {
  readonly sink: AlertSink;
  readonly clock: Clock;
  /** Milliseconds that a caller waits at most. */
  readonly limitMs?: number;
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

  send(alert: Alert): Promise<void> {
    if (this.#overdue > 0) return Promise.reject(slow(alert));
    return new Promise((resolve, reject) => {
      let isOverdue = false;
      const cancel = this.#clock.after(this.#limitMs, () => {
        isOverdue = true;
        this.#overdue += 1;
        reject(slow(alert));
      });
      const ended = (): void => {
        cancel();
        if (isOverdue) this.#overdue -= 1;
      };
      this.#sink.send(alert).finally(ended).then(resolve, reject);
    });
  }
}

function slow({ fingerprint }: Alert): OrchestratorError {
  return new OrchestratorError('ALERTS_UNAVAILABLE', 'Alerts are not taken in time.', {
    retry: 'dependency-down',
    dependency: 'alerts',
    context: { fingerprint },
  });
}
