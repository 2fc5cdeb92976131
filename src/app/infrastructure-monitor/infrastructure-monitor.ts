import type { AlertSink } from '../../alerts/alert-sink.ts';
import type { Clock } from '../../clock/clock.ts';
import type { JobStore } from '../../database/job-store.ts';
import type { LockStore } from '../../database/lock-store.ts';
import type { QueueSet } from '../../queues/queue.ts';
import { isConditional } from '../../storage/conditional-object-store.ts';
import type { ObjectStore } from '../../storage/object-store.ts';
import type { Log } from '../../telemetry/log.ts';
import { observedCalls, observedQueues } from './observed-calls.ts';
import { LockOutageLedger, ObjectOutageLedger, type OutageLedger } from './outage-ledger.ts';
import { OutageTeller } from './outage-teller.ts';
import { OutageWatch } from './outage-watch.ts';

export interface InfrastructureMonitorOptions {
  /** The systems themselves: what the monitor asks of them is not observed. */
  readonly store: JobStore;
  readonly locks: LockStore;
  readonly queues: QueueSet;
  readonly objects: ObjectStore;
  /** Sends, without claims of its own. */
  readonly alerts: AlertSink;
  readonly clock: Clock;
  readonly log: Log;
  /** Name of this instance, its alone. */
  readonly instance: string;
  /** Milliseconds without an answer after which a system is down, and with answers only after which it is back. */
  readonly limitMs?: number;
}

const DEFAULT_LIMIT_MS = 5_000;

/** Names under which failures of the observed systems reach the jobs; their outages are told by the monitor. */
export const OBSERVED_DEPENDENCIES: ReadonlySet<string> = new Set([
  'database',
  'mongodb',
  'queues',
  'sqs',
  'storage',
  's3',
  'alerts',
  'sns',
]);

interface Observed {
  readonly watch: OutageWatch;
  readonly teller: OutageTeller;
}

/**
 * Sees from the program's own calls when database, queues or object store are down, and tells each outage once when it
 * opens and once when it closes, across all instances. Who tells is agreed on through the locks of the database; for an
 * outage of the database itself, through the object store.
 */
export class InfrastructureMonitor {
  /** The same systems, observed: for all who work with them. */
  readonly store: JobStore;
  readonly queues: QueueSet;
  readonly objects: ObjectStore;
  readonly #database: Observed;
  readonly #queues: Observed;
  readonly #objects: Observed;

  constructor(options: InfrastructureMonitorOptions) {
    const { store, locks, queues, objects, clock, instance } = options;
    const byLocks = new LockOutageLedger(locks, instance);
    const byObjects = isConditional(objects) ? [new ObjectOutageLedger(objects, clock, instance)] : [];
    this.#database = observe('database', options, [...byObjects, byLocks], () => store.identity());
    this.#queues = observe('queues', options, [byLocks, ...byObjects], () => queues.queue('worker_trigger').depth());
    this.#objects = observe('objects', options, [byLocks], () => objects.head('alerts/probe'));
    this.store = observedCalls(store, this.#database.watch);
    this.queues = observedQueues(queues, this.#queues.watch);
    // A large object takes its time: the probe then tells whether the store answers.
    this.objects = observedCalls(objects, this.#objects.watch);
  }

  /** Another port of the database, observed with it. */
  observedDatabase<P extends object>(port: P): P {
    return observedCalls(port, this.#database.watch);
  }

  /** Decides nothing more; waits at most `graceMs` for alerts on their way and writes the others to the log. */
  async stop(graceMs: number): Promise<void> {
    const all = [this.#database, this.#queues, this.#objects];
    for (const { watch } of all) watch.stop();
    await Promise.all(all.map(({ teller }) => teller.stop(graceMs)));
  }
}

function observe(
  dependency: string,
  { alerts, clock, log, instance, limitMs = DEFAULT_LIMIT_MS }: InfrastructureMonitorOptions,
  ledgers: readonly OutageLedger[],
  probe: () => Promise<unknown>,
): Observed {
  const teller = new OutageTeller({ dependency, ledgers, alerts, clock, log, instance });
  const watch = new OutageWatch({
    clock,
    probe,
    limitMs,
    onDown: (outage) => {
      log.warn({ dependency, err: outage.error }, 'infrastructure down');
      teller.down(outage);
    },
    onStillDown: () => teller.stillDown(),
    onBack: (outage, durationMs) => {
      log.info({ dependency, durationMs }, 'infrastructure back');
      teller.back(outage, durationMs);
    },
  });
  return { watch, teller };
}
