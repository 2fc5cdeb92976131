import type { Log } from '../telemetry/log.ts';
import type { Alert, AlertSink } from './alert-sink.ts';

/** Alerts as log lines of level error, for installations without a message service. */
export class LogAlertSink implements AlertSink {
  readonly #log: Log;

  constructor(log: Log) {
    this.#log = log;
  }

  send({ fingerprint, text }: Alert): Promise<void> {
    this.#log.error({ alert: fingerprint }, text);
    return Promise.resolve();
  }
}
