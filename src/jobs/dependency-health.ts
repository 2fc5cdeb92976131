import type { AlertSink } from '../alerts/alert-sink.ts';
import type { LockStore } from '../database/lock-store.ts';
import { backoffMs } from './retry-policy.ts';

const ALERT_TTL_MS = 60 * 60_000;
const OWNER = 'dependency-health';

/**
 * Counts consecutive failures by dependency, and tells operators once when one goes down and once when it is back,
 * whatever the number of jobs and instances that notice: the shared lock decides who tells.
 */
export class DependencyHealth {
  readonly #locks: LockStore;
  readonly #alerts: AlertSink;
  readonly #failures = new Map<string, number>();

  constructor(locks: LockStore, alerts: AlertSink) {
    this.#locks = locks;
    this.#alerts = alerts;
  }

  /** Milliseconds until the next try. */
  async failed(dependency: string, instance: string, random: number): Promise<number> {
    const failures = this.#failures.get(dependency) ?? 0;
    this.#failures.set(dependency, failures + 1);
    if (failures === 0 && (await this.#locks.acquire(lockKey(dependency), `${OWNER}:${instance}`, ALERT_TTL_MS))) {
      await this.#alerts.send({
        fingerprint: `dependency-down:${dependency}`,
        text: `Dependency down: ${dependency}. Jobs wait for it; no attempt is used up.`,
      });
    }
    return backoffMs(failures, random, { baseMs: 1_000, maxMs: 30_000 });
  }

  /** To be called when work that uses the dependency succeeded. Cheap while it was never down. */
  async succeeded(dependency: string, instance: string): Promise<void> {
    if (!this.#failures.delete(dependency)) return;
    if (await this.#locks.release(lockKey(dependency), `${OWNER}:${instance}`)) {
      await this.#alerts.send({
        fingerprint: `dependency-up:${dependency}`,
        text: `Dependency back: ${dependency}.`,
      });
    }
  }
}

const lockKey = (dependency: string): string => `dependency-down:${dependency}`;
