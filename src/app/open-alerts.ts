import type { Alert, AlertSink } from '../alerts/alert-sink.ts';
import { DeduplicatedAlertSink } from '../alerts/deduplicated-alert-sink.ts';
import { LockAlertClaims } from '../alerts/lock-alert-claims.ts';
import { LogAlertSink } from '../alerts/log-alert-sink.ts';
import { ObjectAlertClaims } from '../alerts/object-alert-claims.ts';
import { PromptAlertSink } from '../alerts/prompt-alert-sink.ts';
import type { Clock, Entropy } from '../clock/clock.ts';
import type { LockStore } from '../database/lock-store.ts';
import { OrchestratorError } from '../errors/orchestrator-error.ts';
import { isConditional } from '../storage/conditional-object-store.ts';
import type { ObjectStore } from '../storage/object-store.ts';
import type { Log } from '../telemetry/log.ts';

export interface TopicAlertParts {
  readonly topic: AlertSink;
  readonly locks: LockStore;
  readonly objects: ObjectStore;
  readonly clock: Clock;
  readonly entropy: Entropy;
  readonly log: Log;
}

/**
 * Alerts to a topic, once from all instances together, and to the log of each. Who tells an alert is written in the
 * database; while that is down itself, in the object store, where that can tell the first of several writers.
 */
export function topicAlerts({ topic, locks, objects, clock, entropy, log }: TopicAlertParts): AlertSink {
  const owner = entropy.uuid();
  const sink = new PromptAlertSink({ sink: topic, clock });
  const usual = new DeduplicatedAlertSink({ sink, claims: new LockAlertClaims(locks, owner), log });
  const withoutDatabase = isConditional(objects)
    ? new DeduplicatedAlertSink({ sink, claims: new ObjectAlertClaims(objects, clock, owner), log })
    : undefined;
  const logged = new LogAlertSink(log);
  const seen = new RecentFingerprints();
  return {
    send: async (alert) => {
      // Who owes an alert repeats it until the topic takes it; the log needs it once.
      if (seen.isNew(alert)) await logged.send(alert);
      try {
        await usual.send(alert);
      } catch (error) {
        if (withoutDatabase === undefined || !isDatabaseDown(error)) throw error;
        await withoutDatabase.send(alert);
      }
    },
  };
}

function isDatabaseDown(error: unknown): boolean {
  return error instanceof OrchestratorError && error.code === 'DATABASE_UNAVAILABLE';
}

/** The newest fingerprints that went by. */
class RecentFingerprints {
  static readonly #MOST = 1_000;
  readonly #known = new Set<string>();

  isNew({ fingerprint }: Alert): boolean {
    if (this.#known.has(fingerprint)) return false;
    this.#known.add(fingerprint);
    const [oldest] = this.#known;
    if (this.#known.size > RecentFingerprints.#MOST && oldest !== undefined) this.#known.delete(oldest);
    return true;
  }
}
