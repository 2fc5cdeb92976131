import { AlertBacklog } from '../../alerts/alert-backlog.ts';
import type { Alert, AlertSink } from '../../alerts/alert-sink.ts';
import { DeduplicatedAlertSink } from '../../alerts/deduplicated-alert-sink.ts';
import type { Clock } from '../../clock/clock.ts';
import type { Log } from '../../telemetry/log.ts';
import type { OutageLedger } from './outage-ledger.ts';
import type { Outage } from './outage-watch.ts';

export interface OutageTellerOptions {
  readonly dependency: string;
  /** Where outages of this dependency are written down, best first. */
  readonly ledgers: readonly OutageLedger[];
  readonly alerts: AlertSink;
  readonly clock: Clock;
  readonly log: Log;
  readonly instance: string;
}

/** An outage on its way from "down" to "back"; `place` once it has a name, null when nobody could give it one. */
interface TellableOutage {
  place: { readonly ledger: OutageLedger; readonly incident: string } | null | undefined;
  keptAt: number;
}

/** Milliseconds after which a ledger is out of reach. */
const LEDGER_MS = 5_000;
const KEEP_EVERY_MS = 120_000;

/**
 * Tells the outages of one dependency, each once when it begins and once when it ends, whatever the number of instances
 * that see it. What cannot be sent is kept and sent later, in order. When no ledger can be reached, every instance tells
 * it: better twice than never.
 */
export class OutageTeller {
  readonly #options: OutageTellerOptions;
  readonly #backlog: AlertBacklog;
  /** What is to be told, by the fingerprint that it has in the backlog. */
  readonly #untold = new Map<string, { readonly outage: TellableOutage; readonly what: 'down' | 'back' }>();
  #current: TellableOutage | undefined;

  constructor(options: OutageTellerOptions) {
    this.#options = options;
    const { clock, log } = options;
    this.#backlog = new AlertBacklog({ sink: { send: (alert) => this.#tell(alert) }, clock, log });
  }

  down({ since, error }: Outage): void {
    const { dependency, clock, instance } = this.#options;
    const reason = error instanceof Error ? error.message : 'calls stay without an answer';
    const fingerprint = `infrastructure-down:${dependency}:${instance}:${since}`;
    this.#current = { place: undefined, keptAt: clock.now() };
    this.#untold.set(fingerprint, { outage: this.#current, what: 'down' });
    const text = [
      `Infrastructure down: ${dependency}, since ${new Date(since).toISOString()}.`,
      `Seen by ${instance}: ${reason}`,
      'Jobs wait for it; no attempt is used up.',
    ].join('\n');
    void this.#backlog.send({ fingerprint, text });
  }

  /** The outage goes on; to be called now and then. */
  stillDown(): void {
    const outage = this.#current;
    const { dependency, clock, log } = this.#options;
    if (!outage?.place || clock.now() - outage.keptAt < KEEP_EVERY_MS) return;
    outage.keptAt = clock.now();
    const { ledger, incident } = outage.place;
    ledger.keep(dependency, incident).catch((error: unknown) => {
      log.warn({ dependency, err: error }, 'outage not noted as going on, trying again later');
    });
  }

  back({ since }: Outage, durationMs: number): void {
    const { dependency, instance } = this.#options;
    if (this.#current === undefined) return;
    const fingerprint = `infrastructure-back:${dependency}:${instance}:${since}`;
    this.#untold.set(fingerprint, { outage: this.#current, what: 'back' });
    this.#current = undefined;
    const text = `Infrastructure back: ${dependency} answers again after ${Math.round(durationMs / 1000)} s.`;
    void this.#backlog.send({ fingerprint, text });
  }

  /** See {@link AlertBacklog.stop}. */
  stop(graceMs: number): Promise<void> {
    return this.#backlog.stop(graceMs);
  }

  async #tell(alert: Alert): Promise<void> {
    const { dependency, alerts, log } = this.#options;
    const { fingerprint, text } = alert;
    const untold = this.#untold.get(fingerprint);
    if (untold === undefined) return;
    const { outage, what } = untold;
    const place = outage.place === undefined ? await this.#place() : outage.place;
    if (place === null) {
      await alerts.send(alert);
      outage.place = null;
    } else {
      outage.place = place;
      const { ledger, incident } = place;
      const once = new DeduplicatedAlertSink({ sink: alerts, claims: ledger.claims, log });
      await once.send({ fingerprint: `infrastructure-${what}:${incident}`, text });
      if (what === 'back') await ledger.close(dependency, incident);
    }
    this.#untold.delete(fingerprint);
  }

  async #place(): Promise<{ readonly ledger: OutageLedger; readonly incident: string } | null> {
    const { dependency, ledgers, log } = this.#options;
    for (const ledger of ledgers) {
      try {
        return { ledger, incident: await this.#inTime(ledger.open(dependency)) };
      } catch (error) {
        log.warn({ dependency, err: error }, 'outage not written down here');
      }
    }
    return null;
  }

  #inTime<T>(work: Promise<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      const cancel = this.#options.clock.after(LEDGER_MS, () => reject(new Error('no answer in time')));
      work.finally(cancel).then(resolve, reject);
    });
  }
}
