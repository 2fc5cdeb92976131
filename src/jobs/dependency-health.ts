import type { AlertSink } from '../alerts/alert-sink.ts';
import type { Clock } from '../clock/clock.ts';
import type { LockStore } from '../database/lock-store.ts';
import type { Log } from '../telemetry/log.ts';
import { backoffMs } from './retry-policy.ts';

export interface DependencyHealthDependencies {
  readonly locks: LockStore;
  readonly alerts: AlertSink;
  readonly clock: Clock;
  readonly log: Log;
  readonly instance: string;
  /** Dependencies whose outages somebody else tells; they are only counted here. */
  readonly toldElsewhere?: ReadonlySet<string>;
}

interface Outage {
  readonly failures: number;
  /** When this instance last made sure that operators know. */
  readonly toldAt: number;
}

/** Owner of the lock whose existence says "down, and operators know": nobody's in particular, so that anybody may end it. */
const EVERYBODY = 'dependency-health';
/** An outage that nobody has noticed for so long is over, even if those who could say so died. */
const DOWN_MS = 10 * 60_000;
/** Between two looks of one instance at whether operators know. */
const TELL_EVERY_MS = 60_000;
const TELLING_MS = 30_000;

/**
 * Counts consecutive failures by dependency, and tells operators once when one goes down and once when it is back,
 * whatever the number of jobs and instances that notice. Never fails itself: what cannot be told now is told at a later
 * failure, and costs no job its result.
 */
export class DependencyHealth {
  readonly #deps: DependencyHealthDependencies;
  readonly #outages = new Map<string, Outage>();

  constructor(deps: DependencyHealthDependencies) {
    this.#deps = deps;
  }

  /** Milliseconds until the next try. */
  async failed(dependency: string, random: number): Promise<number> {
    const { clock, log, toldElsewhere } = this.#deps;
    const now = clock.now();
    const { failures, toldAt } = this.#outages.get(dependency) ?? { failures: 0, toldAt: Number.NEGATIVE_INFINITY };
    const tell = !toldElsewhere?.has(dependency) && now - toldAt >= TELL_EVERY_MS;
    this.#outages.set(dependency, { failures: failures + 1, toldAt: tell ? now : toldAt });
    if (tell) {
      await this.#tellDown(dependency).catch((error: unknown) => {
        log.warn({ dependency, err: error }, 'outage not told, trying again at the next failure');
        const outage = this.#outages.get(dependency);
        if (outage !== undefined) this.#outages.set(dependency, { ...outage, toldAt: Number.NEGATIVE_INFINITY });
      });
    }
    return backoffMs(failures, random, { baseMs: 1_000, maxMs: 30_000 });
  }

  /** To be called when work that uses the dependency succeeded. Cheap while it was never down. */
  async succeeded(dependency: string): Promise<void> {
    const { locks, alerts, clock, log, toldElsewhere } = this.#deps;
    if (!this.#outages.delete(dependency) || toldElsewhere?.has(dependency)) return;
    try {
      if (!(await locks.release(downKey(dependency), EVERYBODY))) return;
      const fingerprint = `dependency-up:${dependency}:${clock.now()}`;
      await alerts.send({ fingerprint, text: `Dependency back: ${dependency}.` });
    } catch (error) {
      log.warn({ dependency, err: error }, 'end of an outage not told');
    }
  }

  /** One instance at a time looks whether the outage is known, says so when it is not, and keeps it known. */
  async #tellDown(dependency: string): Promise<void> {
    const { locks, alerts, clock, instance } = this.#deps;
    const telling = `dependency-telling:${dependency}`;
    if ((await locks.acquire(telling, instance, TELLING_MS)) === undefined) return;
    try {
      if (!(await locks.release(downKey(dependency), EVERYBODY))) {
        await alerts.send({
          // The lock tells whether it was told; the next outage is another incident.
          fingerprint: `dependency-down:${dependency}:${clock.now()}`,
          text: `Dependency down: ${dependency}. Jobs wait for it; no attempt is used up.`,
        });
      }
      await locks.acquire(downKey(dependency), EVERYBODY, DOWN_MS);
    } finally {
      await locks.release(telling, instance);
    }
  }
}

const downKey = (dependency: string): string => `dependency-down:${dependency}`;
