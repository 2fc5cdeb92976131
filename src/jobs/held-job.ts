import type { Clock } from '../clock/clock.ts';
import type { JobStore } from '../database/job-store.ts';
import { OrchestratorError } from '../errors/orchestrator-error.ts';
import type { Job } from './job.ts';
import type { JobPolicy } from './job-policy.ts';
import { transition } from './lifecycle.ts';

/**
 * A job leased to this instance while a handler works on it. Renewals and the final commit go through one chain, so a
 * heartbeat can never overtake the result; once the lease is lost nothing more is written.
 */
export class HeldJob {
  readonly controller = new AbortController();
  readonly token: number;
  #job: Job;
  #lost = false;
  #chain: Promise<unknown> = Promise.resolve();
  readonly #store: JobStore;
  readonly #clock: Clock;
  readonly #policy: JobPolicy;
  readonly #leaseMs: number;

  constructor(job: Job, store: JobStore, clock: Clock, policy: JobPolicy, leaseMs: number) {
    if (job.lease === null) throw new OrchestratorError('JOB_STATE', `job ${job.id} is not leased`);
    this.token = job.lease.token;
    this.#job = job;
    this.#store = store;
    this.#clock = clock;
    this.#policy = policy;
    this.#leaseMs = leaseMs;
  }

  get job(): Job {
    return this.#job;
  }

  get lost(): boolean {
    return this.#lost;
  }

  /** Extends the lease; a refusal means that somebody else has the job, a failure that we cannot know. */
  renew(): Promise<void> {
    return this.exclusively(async () => {
      if (this.#lost || this.#job.lease?.token !== this.token) return;
      const next = transition(
        this.#job,
        { type: 'renew', token: this.token, leaseMs: this.#leaseMs },
        this.#clock.now(),
        this.#policy,
      );
      if (!next.accepted) return this.lose();
      const outcome = await this.#store.commit({
        expected: { version: this.#job.version, leaseToken: this.token },
        job: next.job,
      });
      if (outcome.kind === 'conflict') this.lose();
      else this.#job = next.job;
    });
  }

  /** A renewal that failed is no proof of loss, but past the expiry somebody else may hold the job. */
  expireAt(now: number): void {
    if (this.#job.lease !== null && this.#job.lease.expires_at <= now) this.lose();
  }

  lose(): void {
    if (this.#lost) return;
    this.#lost = true;
    this.controller.abort(leaseLost(this.#job));
  }

  /**
   * Fails with LEASE_LOST unless the database still names this lease, and with the signal's reason once that has fired; to
   * be asked right before an external effect.
   */
  async fence(): Promise<void> {
    this.controller.signal.throwIfAborted();
    if (!this.#lost) {
      const stored = await this.#store.get(this.#job.id);
      if (stored?.lease?.token === this.token && stored.lease.expires_at > this.#clock.now()) return;
      this.lose();
    }
    throw leaseLost(this.#job);
  }

  /** Runs after every renewal that is under way, and before every later one. */
  exclusively<T>(work: () => Promise<T>): Promise<T> {
    const result = this.#chain.then(work, work);
    this.#chain = result.catch(() => undefined);
    return result;
  }
}

function leaseLost(job: Job): OrchestratorError {
  return new OrchestratorError('LEASE_LOST', `the lease of ${job.job_type} ${job.internal_id} was lost`, {
    retry: 'transient',
    context: { job: job.id },
  });
}
