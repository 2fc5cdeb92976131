import type { Alert, AlertSink } from './alert-sink.ts';

/** Alerts in a list, for the simulation and tests. */
export class MemoryAlertSink implements AlertSink {
  readonly #alerts: Alert[] = [];

  send(alert: Alert): Promise<void> {
    this.#alerts.push(alert);
    return Promise.resolve();
  }

  /** In the order in which they were sent. */
  get alerts(): readonly Alert[] {
    return this.#alerts;
  }
}
