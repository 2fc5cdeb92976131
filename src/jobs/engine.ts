import { atMost } from '../clock/at-most.ts';
import type { Clock, Entropy } from '../clock/clock.ts';
import type { CommitOutcome, InsertOutcome, JobStore } from '../database/job-store.ts';
import { type JobMessage, queueFor } from '../queues/job-queues.ts';
import type { QueueName } from '../queues/queue.ts';
import type { Log } from '../telemetry/log.ts';
import { createJob } from './create-job.ts';
import type { DependencyHealth } from './dependency-health.ts';
import type { EngineSettings } from './engine-settings.ts';
import { HandlerRunner, stopping } from './handler-runner.ts';
import { Heartbeat } from './heartbeat.ts';
import { HeldJob } from './held-job.ts';
import type { Job, JobType, NewJob, Phase } from './job.ts';
import { nextPhase } from './job-change.ts';
import type { JobHandler } from './job-handler.ts';
import { transition, withoutDelivered } from './lifecycle.ts';
import type { JobEvent } from './lifecycle-event.ts';
import type { Relay } from './relay.ts';
import { backoffMs, classify } from './retry-policy.ts';
import { ShortWaits } from './short-waits.ts';
import { Slots } from './slots.ts';

export interface EngineDependencies {
  readonly store: JobStore;
  readonly relay: Relay;
  readonly health: DependencyHealth;
  readonly handlers: Partial<Record<JobType, JobHandler>>;
  readonly clock: Clock;
  readonly entropy: Entropy;
  readonly log: Log;
  readonly settings: EngineSettings;
  /** Jobs that a completed job makes possible; created by the write that completes it. */
  readonly successorsOf: (completed: Job) => Promise<NewJob[]>;
  /** Told after every commit that ended a phase; plans what depends on more than one job. */
  readonly onProgress: (job: Job) => void;
}

/**
 * Tries to commit a result that the store refuses before it is given up, which costs the work again. A store that is down
 * is tried for as long as the lease lasts, or until the instance has stopped.
 */
const COMMIT_TRIES = 5;
const COMMIT_BACKOFF = { baseMs: 100, maxMs: 2_000 };
/** Once the grace time is over: what the database does not take within this is left to the end of its lease. */
const LAST_COMMITS_MS = 5_000;
/** Looks at a job that changes while it is being claimed. */
const CLAIM_TRIES = 3;

/**
 * Carries jobs through their phases: claim, work under a lease, commit, publish. Whatever is owed at once and fits into
 * a free slot is handed over directly: the job (or its successor) is written as already leased, so a block that meets no
 * waiting costs one write a transition and no message.
 */
export class JobEngine {
  readonly #deps: EngineDependencies;
  readonly #settings: EngineSettings;
  readonly #heartbeat: Heartbeat;
  readonly #runner: HandlerRunner;
  readonly #waits: ShortWaits;
  readonly #slots = new Map<QueueName, Slots>();
  readonly #running = new Map<string, { held: HeldJob; done: Promise<void> }>();
  #draining = false;
  #graceOver = false;
  #lastCommitsUntil = Number.POSITIVE_INFINITY;

  constructor(deps: EngineDependencies) {
    this.#deps = deps;
    this.#settings = deps.settings;
    this.#runner = new HandlerRunner(deps);
    this.#heartbeat = new Heartbeat(deps.clock, deps.entropy, deps.log, deps.settings.heartbeatMs);
    this.#waits = new ShortWaits({
      clock: deps.clock,
      limitMs: deps.settings.shortWaitMs,
      claim: (job) => this.#claimKept(job),
      send: (job) => deps.relay.publish(job),
    });
  }

  slots(queue: QueueName): Slots {
    let slots = this.#slots.get(queue);
    if (slots === undefined) {
      slots = new Slots(this.#settings.concurrency(queue));
      this.#slots.set(queue, slots);
    }
    return slots;
  }

  /**
   * Creates jobs that do not exist yet; answers how many were new. Those that fit start here at once. `ordered`: none
   * after the first that exists.
   */
  async create(jobs: readonly NewJob[], options: { readonly ordered?: boolean } = {}): Promise<number> {
    if (jobs.length === 0) return 0;
    const prepared = jobs.map((job) => this.#prepare(job));
    let outcomes: InsertOutcome[];
    try {
      outcomes = await this.#deps.store.insert(prepared, options);
    } catch (error) {
      for (const job of prepared) this.#giveBack(job);
      throw error;
    }
    let created = 0;
    const relays: Promise<boolean>[] = [];
    for (const [index, job] of prepared.entries()) {
      const outcome = outcomes[index];
      if (outcome?.kind !== 'inserted') {
        this.#giveBack(job);
        continue;
      }
      created += 1;
      if (job.lease !== null) this.#start(job);
      else if (!outcome.delivered) relays.push(this.#deps.relay.publish(job));
    }
    await Promise.all(relays);
    return created;
  }

  /**
   * Reacts to a wake-up: claims the job if it is its current one and due. The caller holds a slot, which the work takes
   * over when the answer is true. Everything else about the message is to be forgotten: the reconciler sends what is due.
   */
  async wake(message: JobMessage, queue: QueueName): Promise<boolean> {
    for (let tries = 1; tries <= CLAIM_TRIES; tries += 1) {
      const job = await this.#deps.store.get(message.id);
      if (job === undefined) {
        this.#deps.log.warn({ job: message.id }, 'wake-up for a job that does not exist, forgotten');
        return false;
      }
      const phase = job.lease?.phase ?? nextPhase(job.status);
      if (queueFor(job.job_type, phase) !== queue) return false;
      const claimed = await this.#claim(job, phase, message.sequence);
      // Not always a faster claim: who sent this message may just have noted that it is sent.
      if (claimed === 'conflict') continue;
      if (claimed !== undefined) this.#start(claimed);
      return claimed !== undefined;
    }
    return false;
  }

  /** The job as claimed; undefined when it is not to be. */
  async #claim(job: Job, phase: Phase, sequence: number | undefined): Promise<Job | 'conflict' | undefined> {
    const { clock, store } = this.#deps;
    const policy = this.#settings.policies[job.job_type];
    let current = job;
    if (current.lease !== null && current.lease.expires_at <= clock.now()) {
      const freed = transition(current, { type: 'lease-expired' }, clock.now(), policy);
      if (!freed.accepted || freed.job.status === 'Failed') return undefined;
      current = freed.job;
      sequence = undefined;
    }
    const claimed = transition(current, this.#claimEvent(phase, sequence), clock.now(), policy);
    if (!claimed.accepted) return undefined;
    const outcome = await store.commit({
      expected: { version: job.version, leaseToken: job.lease?.token ?? null },
      job: claimed.job,
    });
    return outcome.kind === 'conflict' ? 'conflict' : claimed.job;
  }

  /** Claims a job whose wait is over and that nobody has changed since; false when there is no room for it. */
  async #claimKept(job: Job): Promise<boolean> {
    const phase = nextPhase(job.status);
    const slots = this.slots(queueFor(job.job_type, phase));
    if (this.#draining || !slots.tryAcquire()) return false;
    try {
      const claimed = await this.#claim(job, phase, job.outbox.sequence);
      // The program may have been asked to stop meanwhile: the work is not begun then.
      if (claimed !== undefined && claimed !== 'conflict') this.#start(claimed, this.#draining);
      else slots.release();
      return true;
    } catch (error) {
      slots.release();
      this.#deps.log.warn({ job: job.id, err: error }, 'job not claimed after its wait');
      return false;
    }
  }

  /** Number of jobs that this instance is working on. */
  get running(): number {
    return this.#running.size;
  }

  /**
   * Takes nothing new; waits for what runs, and after `graceMs` stops it and hands it back, which takes five seconds more at
   * most. `receivers` may still claim what they have received already.
   */
  async drain(graceMs: number, receivers: Promise<unknown>): Promise<void> {
    const { clock, log } = this.#deps;
    const limitMs = graceMs + LAST_COMMITS_MS;
    this.#draining = true;
    this.#lastCommitsUntil = clock.now() + limitMs;
    const cancel = clock.after(graceMs, () => this.#endGrace());
    await atMost(clock, limitMs, this.#idle(receivers));
    cancel();
    const jobs = this.#running.size;
    if (jobs > 0) log.warn({ jobs }, 'stopped before all jobs were handed back, their leases will run out');
    this.#endGrace();
    this.#heartbeat.stop();
  }

  /** Stops what runs; whatever is claimed from here on is handed back unworked. */
  #endGrace(): void {
    this.#graceOver = true;
    for (const { held } of this.#running.values()) held.controller.abort(stopping());
  }

  async #idle(receivers: Promise<unknown>): Promise<void> {
    await Promise.all([receivers, this.#waits.stop()]);
    while (this.#running.size > 0) await Promise.all([...this.#running.values()].map(({ done }) => done));
  }

  #start(job: Job, handsBack = this.#graceOver): void {
    const { store, clock } = this.#deps;
    const held = new HeldJob(job, store, clock, this.#settings.policies[job.job_type], this.#settings.leaseMs);
    if (handsBack) held.controller.abort(stopping());
    this.#heartbeat.add(held);
    const slots = this.slots(queueFor(job.job_type, job.lease?.phase ?? 'process'));
    const done = this.#work(held)
      .catch((error: unknown) => {
        // The result could not be committed: the lease runs out and the job is taken up again.
        this.#deps.log.error({ job: job.id, err: error }, 'result not committed, the lease will run out');
      })
      .finally(() => {
        this.#heartbeat.remove(held);
        this.#running.delete(job.id + held.token);
        slots.release();
      });
    this.#running.set(job.id + held.token, { held, done });
  }

  async #work(held: HeldJob): Promise<void> {
    const event = await this.#runner.run(held);
    for (let tries = 1; event !== undefined && !held.lost; tries += 1) {
      try {
        return await held.exclusively(() => this.#commit(held, event));
      } catch (error) {
        // Hours of work may be behind a result: a store that fails for a moment must not cost it.
        if (tries >= COMMIT_TRIES && classify(error).retry !== 'dependency-down') throw error;
        if (this.#deps.clock.now() >= this.#lastCommitsUntil) throw error;
        this.#deps.log.warn({ job: held.job.id, err: error, tries }, 'result not committed, trying again');
        await this.#deps.clock.sleep(backoffMs(tries, this.#deps.entropy.random(), COMMIT_BACKOFF));
      }
    }
  }

  async #commit(held: HeldJob, given: JobEvent): Promise<void> {
    const { job } = held;
    const event = given.type === 'completed' ? { ...given, successors: await this.#successors(job, given) } : given;
    const committed = await this.apply(job, event);
    if (!committed)
      this.#deps.log.warn({ job: job.id, event: event.type }, 'lease lost before the commit, result dropped');
  }

  /** Applies an event to a job as it was read; false when the lifecycle refuses it or the job has changed since. */
  async apply(job: Job, event: JobEvent): Promise<boolean> {
    const next = transition(job, event, this.#deps.clock.now(), this.#settings.policies[job.job_type]);
    return next.accepted && this.#persist(job, next.job);
  }

  /** One write: the new status, what it owes, and what of that starts here at once. */
  async #persist(before: Job, after: Job): Promise<boolean> {
    const { store, relay } = this.#deps;
    const handedOver = this.#handOver(after);
    const kept = store.delivers || handedOver.lease !== null ? undefined : this.#waits.prepared(handedOver);
    const job = kept ?? handedOver;
    const successors = after.outbox.entries.flatMap((entry) =>
      entry.kind === 'successor' ? [this.#prepare(entry.job)] : [],
    );
    const giveBack = () => {
      for (const unused of [job, ...successors]) this.#giveBack(unused);
    };
    let outcome: CommitOutcome;
    try {
      outcome = await store.commit({
        expected: { version: before.version, leaseToken: before.lease?.token ?? null },
        job,
        ...(successors.length > 0 && { successors }),
      });
    } catch (error) {
      giveBack();
      throw error;
    }
    if (outcome.kind === 'conflict') {
      giveBack();
      return false;
    }
    if (job.lease !== null) this.#start(job);
    if (outcome.delivered) {
      const { inserted } = outcome;
      for (const [index, successor] of successors.entries()) this.#startOrGiveBack(successor, inserted[index] === true);
      if (job.outbox.entries.some((entry) => entry.kind === 'alert')) await relay.publish(withoutDelivered(job));
    } else if (kept !== undefined) {
      await this.#waits.keep(kept);
    } else if (job.outbox.entries.length > 0) {
      await relay.publish(job, successors, (successor, inserted) => this.#startOrGiveBack(successor, inserted));
    }
    this.#deps.onProgress(job);
    return true;
  }

  #successors(job: Job, event: Extract<JobEvent, { type: 'completed' }>): Promise<NewJob[]> {
    const specific = event.specific ?? job.metadata.specific;
    return this.#deps.successorsOf({ ...job, status: 'Completed', metadata: { ...job.metadata, specific } });
  }

  #startOrGiveBack(job: Job, inserted: boolean): void {
    if (job.lease === null) return;
    if (inserted) this.#start(job);
    else this.#giveBack(job);
  }

  /** Full document of a new job, leased to us already when a slot is free. */
  #prepare(job: NewJob): Job {
    const { clock } = this.#deps;
    return this.#handOver(createJob(job, clock.now(), this.#settings.version, this.#settings.policies[job.job_type]));
  }

  /** The job as claimed by us, when it is due and there is room for it; unchanged otherwise. */
  #handOver(job: Job): Job {
    const now = this.#deps.clock.now();
    if (this.#draining || job.outbox.due_at === null || job.outbox.due_at > now) return job;
    const phase = nextPhase(job.status);
    const slots = this.slots(queueFor(job.job_type, phase));
    if (!slots.tryAcquire()) return job;
    const claimed = transition(job, this.#claimEvent(phase, undefined), now, this.#settings.policies[job.job_type]);
    if (claimed.accepted) return claimed.job;
    slots.release();
    return job;
  }

  #giveBack(job: Job): void {
    if (job.lease !== null) this.slots(queueFor(job.job_type, job.lease.phase)).release();
  }

  #claimEvent(phase: Phase, sequence: number | undefined): JobEvent {
    const { instance, leaseMs } = this.#settings;
    return { type: 'claim', phase, owner: instance, leaseMs, ...(sequence !== undefined && { sequence }) };
  }
}
