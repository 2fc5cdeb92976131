import type { AlertSink } from '../alerts/alert-sink.ts';
import { atMost } from '../clock/at-most.ts';
import type { Clock, Entropy } from '../clock/clock.ts';
import type { JobStore } from '../database/job-store.ts';
import type { LockStore } from '../database/lock-store.ts';
import type { ParkedMessageStore } from '../database/parked-message-store.ts';
import { DependencyHealth } from '../jobs/dependency-health.ts';
import { JobEngine } from '../jobs/engine.ts';
import type { EngineSettings } from '../jobs/engine-settings.ts';
import { isAwaited, type Job, type JobType } from '../jobs/job.ts';
import type { JobHandler } from '../jobs/job-handler.ts';
import { successorOf } from '../jobs/new-jobs.ts';
import { type ChainView, Planner, type PlannerSettings } from '../jobs/planner.ts';
import { type RangePlanner, singleBlocks } from '../jobs/range-planner.ts';
import { Reconciler } from '../jobs/reconciler.ts';
import { Relay } from '../jobs/relay.ts';
import { Triggers } from '../jobs/triggers.ts';
import { Consumer } from '../queues/consumer.ts';
import { FailureConsumer } from '../queues/failure-consumer.ts';
import { queueFor } from '../queues/job-queues.ts';
import type { QueueSet } from '../queues/queue.ts';
import { TriggerConsumer } from '../queues/trigger-consumer.ts';
import type { Scheduler } from '../scheduling/scheduler.ts';
import { TRIGGER_WORDS } from '../scheduling/scheduler.ts';
import type { Log } from '../telemetry/log.ts';

/** Everything that one running orchestrator is made of, as ports. */
export interface InstanceDependencies {
  readonly store: JobStore;
  readonly locks: LockStore;
  readonly parked: ParkedMessageStore;
  readonly queues: QueueSet;
  readonly alerts: AlertSink;
  readonly scheduler: Scheduler;
  readonly handlers: Partial<Record<JobType, JobHandler>>;
  readonly chain: ChainView;
  readonly clock: Clock;
  readonly entropy: Entropy;
  readonly log: Log;
  readonly engine: EngineSettings;
  readonly planner: PlannerSettings;
  /** How blocks are grouped; without it each is settled by itself. */
  readonly ranges?: Pick<RangePlanner, 'rangesOf'>;
  /** Dependencies whose outages somebody else tells. */
  readonly toldElsewhere?: ReadonlySet<string>;
  /** Milliseconds between passes of the reconciler. */
  readonly reconcileMs: number;
  /** Told of every committed step, for live views. */
  readonly onProgress?: (job: Job) => void;
}

/** Cron that has stopped, wherever it runs, must not stop the chain. */
const REPLAN_MS = 300_000;

/**
 * One instance of the orchestrator: engine, planner, reconciler and the consumers of its queues. Several run together
 * against the same store and queues; each may be killed at any time.
 */
export class Instance {
  readonly engine: JobEngine;
  readonly triggers: Triggers;
  readonly #deps: InstanceDependencies;
  readonly #reconciler: Reconciler;
  readonly #consumers: Consumer[];
  readonly #systemConsumers: readonly (TriggerConsumer | FailureConsumer)[];
  #plannedAt: number;
  #cancelReconcile: (() => void) | undefined;
  #reconciling: Promise<void> = Promise.resolve();
  #stopping: Promise<void> | undefined;

  constructor(deps: InstanceDependencies) {
    this.#deps = deps;
    const { store, locks, parked, queues, alerts, handlers, clock, entropy, log } = deps;
    const { policies, version, visibilityMs } = deps.engine;
    const relay = new Relay({ store, queues, alerts, clock, log, policies, version });
    const planner = new Planner({
      store,
      create: (jobs, options) => this.engine.create(jobs, options),
      apply: (job, event) => this.engine.apply(job, event),
      chain: deps.chain,
      ranges: deps.ranges ?? singleBlocks,
      entropy,
      log,
      settings: deps.planner,
    });
    this.engine = new JobEngine({
      store,
      relay,
      health: new DependencyHealth({
        locks,
        alerts,
        clock,
        log,
        instance: deps.engine.instance,
        ...(deps.toldElsewhere && { toldElsewhere: deps.toldElsewhere }),
      }),
      handlers,
      clock,
      entropy,
      log,
      settings: deps.engine,
      successorsOf: async (job) => [...successorOf(job, () => entropy.uuid()), ...(await planner.settlementAfter(job))],
      onProgress: (job) => {
        deps.onProgress?.(job);
        this.triggers.onProgress(job);
      },
    });
    this.triggers = new Triggers(planner, log);
    this.#reconciler = new Reconciler({ store, relay, engine: this.engine, clock, log });
    const types = Object.keys(handlers) as JobType[];
    const names = types.flatMap((type) => [queueFor(type, 'process'), queueFor(type, 'verify')]);
    this.#consumers = names.map(
      (name) =>
        new Consumer({ queue: queues.queue(name), queues, engine: this.engine, clock, entropy, log, visibilityMs }),
    );
    const system = { queues, clock, entropy, log, visibilityMs };
    this.#systemConsumers = [
      new TriggerConsumer({ ...system, trigger: (word, message) => this.triggers.trigger(word, message) }),
      new FailureConsumer({
        ...system,
        parked,
        standingOf: async ({ id, sequence }) => {
          const job = await store.get(id);
          if (job === undefined) return 'unknown';
          return sequence === undefined || isAwaited(job, sequence) ? 'waiting' : 'moved-on';
        },
      }),
    ];
    this.#plannedAt = clock.now();
  }

  async start(): Promise<void> {
    for (const consumer of this.#consumers) consumer.start();
    for (const consumer of this.#systemConsumers) consumer.start();
    this.#armReconciler(0);
    await this.#deps.scheduler.start();
    // What is missing now need not wait for the first tick.
    this.#planAll();
  }

  /** Takes nothing new, finishes or hands back what runs within `graceMs`, and leaves the queues as they should be. */
  stop(graceMs: number): Promise<void> {
    this.#stopping ??= this.#stop(graceMs);
    return this.#stopping;
  }

  async #stop(graceMs: number): Promise<void> {
    this.#cancelReconcile?.();
    const received = Promise.all(this.#consumers.map((consumer) => consumer.stop()));
    const planned = Promise.all([
      this.#deps.scheduler.stop(),
      ...this.#systemConsumers.map((consumer) => consumer.stop()),
      this.triggers.stop(),
      this.#reconciling,
    ]);
    // A pass that waits for a node without an answer may be cut off anywhere: it must not hold up the end.
    const planningEnds = atMost(this.#deps.clock, graceMs, planned);
    await Promise.all([this.engine.drain(graceMs, received), planningEnds]);
  }

  #armReconciler(delayMs: number): void {
    this.#cancelReconcile = this.#deps.clock.after(delayMs, () => {
      this.#reconciling = this.#reconcile();
    });
  }

  #planAll(): void {
    this.#plannedAt = this.#deps.clock.now();
    void Promise.all(TRIGGER_WORDS.map((word) => this.triggers.trigger(word)));
  }

  async #reconcile(): Promise<void> {
    try {
      await this.#reconciler.pass();
      if (this.#deps.clock.now() - this.#plannedAt >= REPLAN_MS) this.#planAll();
    } catch (error) {
      // What was cut off by the end of the program is no failure.
      if (this.#stopping !== undefined) this.#deps.log.debug({ err: error }, 'reconciling ended by the stop');
      else this.#deps.log.warn({ err: error }, 'reconciling failed, trying again');
    }
    if (this.#stopping === undefined) this.#armReconciler(this.#deps.reconcileMs);
  }
}
