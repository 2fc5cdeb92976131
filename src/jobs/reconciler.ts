import type { Clock } from '../clock/clock.ts';
import type { JobStore } from '../database/job-store.ts';
import type { Log } from '../telemetry/log.ts';
import type { JobEngine } from './engine.ts';
import type { Job } from './job.ts';
import type { Relay } from './relay.ts';

export interface ReconcilerDependencies {
  readonly store: JobStore;
  readonly relay: Relay;
  readonly engine: JobEngine;
  readonly clock: Clock;
  readonly log: Log;
}

const BATCH = 200;

/**
 * The level-triggered pass: whatever is overdue is set right, whoever left it so. Frees expired leases, sends what was
 * committed but not sent, and sends again what got lost. With it, losing every queue costs one interval.
 */
export class Reconciler {
  readonly #deps: ReconcilerDependencies;

  constructor(deps: ReconcilerDependencies) {
    this.#deps = deps;
  }

  /** One pass; answers the number of jobs that it set right. What cannot be helped now is left to the next one. */
  async pass(): Promise<number> {
    const { store, clock } = this.#deps;
    const stuck = new Set<string>();
    let repaired = 0;
    for (;;) {
      // Those that are stuck stay due; they must hide nothing that comes after them.
      const due = await store.due(clock.now(), BATCH + stuck.size);
      let moved = 0;
      let tried = 0;
      for (const job of due.filter(({ id }) => !stuck.has(id))) {
        tried += 1;
        if (await this.#reconcile(job)) moved += 1;
        else stuck.add(job.id);
      }
      repaired += moved;
      if (tried < BATCH) return repaired;
    }
  }

  async #reconcile(job: Job): Promise<boolean> {
    const { relay, engine, log } = this.#deps;
    // Owed but not sent: send it before anything else is decided.
    if (job.lease === null && job.outbox.entries.length > 0) return relay.publish(job);
    const event = job.lease === null ? ({ type: 'resend' } as const) : ({ type: 'lease-expired' } as const);
    const fields = { job: job.id, type: job.job_type, block: job.internal_id, holder: job.lease?.owner };
    const repaired = await engine.apply(job, event);
    if (repaired) log.info(fields, job.lease === null ? 'wake-up unanswered, sent again' : 'lease expired, job freed');
    return repaired;
  }
}
