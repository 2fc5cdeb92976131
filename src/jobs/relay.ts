import type { AlertSink } from '../alerts/alert-sink.ts';
import type { Clock } from '../clock/clock.ts';
import type { JobStore } from '../database/job-store.ts';
import { encodeJobMessage, queueFor } from '../queues/job-queues.ts';
import type { QueueSet } from '../queues/queue.ts';
import type { Log } from '../telemetry/log.ts';
import { createJob } from './create-job.ts';
import type { Job, NewJob } from './job.ts';
import type { JobPolicies } from './job-policy.ts';
import { transition } from './lifecycle.ts';

export interface RelayDependencies {
  readonly store: JobStore;
  readonly queues: QueueSet;
  readonly alerts: AlertSink;
  readonly clock: Clock;
  readonly log: Log;
  readonly policies: JobPolicies;
  readonly version: string;
}

/**
 * Sends what a committed job owes and then clears it. May be interrupted anywhere and repeated: messages are hints,
 * successors are unique by type and block, alerts carry a fingerprint.
 */
export class Relay {
  readonly #deps: RelayDependencies;

  constructor(deps: RelayDependencies) {
    this.#deps = deps;
  }

  /**
   * `successors` are the documents to insert for the outbox's successor entries (some may be leased to this instance);
   * without them they are made anew. `onInserted` is told of each. False when something could not be sent.
   */
  async publish(
    job: Job,
    successors?: readonly Job[],
    onInserted?: (job: Job, inserted: boolean) => void,
  ): Promise<boolean> {
    const { store, clock, log, policies } = this.#deps;
    const owed = successors ?? this.#materialize(job);
    let told = false;
    try {
      if (owed.length > 0) {
        const outcomes = await store.insert(owed);
        told = true;
        for (const [index, successor] of owed.entries()) onInserted?.(successor, outcomes[index]?.kind === 'inserted');
        for (const [index, successor] of owed.entries()) {
          const outcome = outcomes[index];
          if (outcome?.kind === 'inserted' && !outcome.delivered && successor.lease === null)
            await this.publish(successor);
        }
      }
      await this.#send(job);
      // A job that was handed over directly has changed meanwhile and owes nothing any more: its next commit clears it.
      const cleared = transition(job, { type: 'relayed' }, clock.now(), policies[job.job_type]);
      if (!cleared.accepted || job.lease !== null) return true;
      await store.commit({ expected: { version: job.version, leaseToken: null }, job: cleared.job });
      return true;
    } catch (error) {
      if (!told) for (const successor of owed) onInserted?.(successor, false);
      log.warn({ job: job.id, err: error }, 'outbox not sent, the reconciler will send it');
      return false;
    }
  }

  /** Wake-ups first: an alert that nobody takes holds up no work. */
  async #send(job: Job): Promise<void> {
    const { queues, alerts, clock, version } = this.#deps;
    for (const entry of job.outbox.entries) {
      if (entry.kind !== 'wake') continue;
      const delayMs = Math.max(0, entry.due_at - clock.now());
      const message = encodeJobMessage(job.id, entry.sequence, entry.phase, version, delayMs);
      await queues.queue(queueFor(job.job_type, entry.phase)).send([message]);
    }
    for (const entry of job.outbox.entries) {
      if (entry.kind !== 'alert') continue;
      // The same for as long as this one is owed, whatever becomes of the job meanwhile.
      await alerts.send({ fingerprint: `job:${job.id}:${entry.job_version}`, text: entry.text });
    }
  }

  #materialize(job: Job): Job[] {
    const { clock, version, policies } = this.#deps;
    const jobs = job.outbox.entries.flatMap((entry): NewJob[] => (entry.kind === 'successor' ? [entry.job] : []));
    return jobs.map((next) => createJob(next, clock.now(), version, policies[next.job_type]));
  }
}
