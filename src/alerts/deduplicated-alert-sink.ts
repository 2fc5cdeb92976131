import { OrchestratorError } from '../errors/orchestrator-error.ts';
import type { Log } from '../telemetry/log.ts';
import type { AlertClaims } from './alert-claims.ts';
import type { Alert, AlertSink } from './alert-sink.ts';
import { OverdueAlertError } from './prompt-alert-sink.ts';

export interface DeduplicatedAlertSinkOptions {
  readonly sink: AlertSink;
  readonly claims: AlertClaims;
  readonly log: Log;
}

/**
 * Sends each alert once, whatever the number of instances that have it to tell and however often one of them repeats it
 * after a crash. Fails with ALERTS_UNAVAILABLE while another instance is sending it: only that one knows how it ends.
 * An instance that dies between sending and noting it makes it twice, never none.
 */
export class DeduplicatedAlertSink implements AlertSink {
  readonly #options: DeduplicatedAlertSinkOptions;

  constructor(options: DeduplicatedAlertSinkOptions) {
    this.#options = options;
  }

  async send(alert: Alert): Promise<void> {
    const { sink, claims } = this.#options;
    const { fingerprint } = alert;
    const answer = await claims.claim(fingerprint);
    if (answer === 'told') return;
    if (answer === 'busy') {
      throw new OrchestratorError('ALERTS_UNAVAILABLE', `The alert ${fingerprint} is being sent by another.`, {
        retry: 'transient',
        context: { fingerprint },
      });
    }
    try {
      await sink.send(alert);
    } catch (error) {
      // What is still being sent stays claimed, so that the caller's next try does not make it twice.
      if (error instanceof OverdueAlertError && error.ended !== undefined) {
        void error.ended.then(
          () => this.#told(fingerprint),
          () => this.#giveUp(fingerprint),
        );
      } else await this.#giveUp(fingerprint);
      throw error;
    }
    await this.#told(fingerprint);
  }

  async #told(fingerprint: string): Promise<void> {
    const { claims, log } = this.#options;
    await claims.told(fingerprint).catch((error: unknown) => {
      log.warn({ alert: fingerprint, err: error }, 'alert sent but not noted, it may be sent once more');
    });
  }

  async #giveUp(fingerprint: string): Promise<void> {
    const { claims, log } = this.#options;
    await claims.release(fingerprint).catch((error: unknown) => {
      log.warn({ alert: fingerprint, err: error }, 'claim of an unsent alert not given up, it ends by itself');
    });
  }
}
