import { atMost } from '../clock/at-most.ts';
import type { Clock, Entropy } from '../clock/clock.ts';
import type { PerJobType, RunConfig } from '../config/run-config.ts';
import { engineSettings } from '../jobs/engine-settings.ts';
import type { JobType } from '../jobs/job.ts';
import type { JobHandler } from '../jobs/job-handler.ts';
import type { ChainView } from '../jobs/planner.ts';
import type { RangePlanner } from '../jobs/range-planner.ts';
import { queueFor } from '../queues/job-queues.ts';
import type { QueueName } from '../queues/queue.ts';
import { InProcessScheduler } from '../scheduling/in-process/in-process-scheduler.ts';
import type { Scheduler } from '../scheduling/scheduler.ts';
import { isExpiring } from '../storage/expiring-object-store.ts';
import type { Log } from '../telemetry/log.ts';
import type { Infrastructure } from './infrastructure.ts';
import { Instance } from './instance.ts';
import { repeat } from './repeat.ts';
import { expireArtifacts } from './retention.ts';
import { SettledArtifactTagger } from './settled-artifact-tagger.ts';
import { untilSettled } from './until-settled.ts';
import { VERSION } from './version.ts';

/** What a start has built and checked: from here on nobody asks which systems are behind it. */
export interface OperatingParts {
  /** Name of this instance in leases and logs. */
  readonly instance: string;
  readonly infrastructure: Infrastructure;
  /** Dependencies whose outages somebody else tells. */
  readonly toldElsewhere?: ReadonlySet<string>;
  readonly handlers: Partial<Record<JobType, JobHandler>>;
  readonly chain: ChainView;
  /** How blocks are grouped; without it each is settled by itself. */
  readonly ranges?: RangePlanner;
  readonly clock: Clock;
  readonly entropy: Entropy;
  readonly log: Log;
  /** Milliseconds between passes of the reconciler. */
  readonly reconcileMs: number;
}

/** Between looks at whether the last block is settled. */
const LOOK_MS = 100;
const REMOTE_LOOK_MS = 1_000;
const HOUSEKEEPING_MS = 10 * 60_000;
/** At the end of the program, for a pass under way; what it leaves undone, the next one does. */
const HOUSEKEEPING_GRACE_MS = 5_000;
/** Long enough for an operator to have looked at them. */
const PARKED_KEPT_MS = 30 * 86_400_000;
const PARKED_AT_ONCE = 1_000;
/** More than clocks of instances ever differ. */
const CLAIMS_KEPT_MS = 86_400_000;
const CLAIMS_AT_ONCE = 1_000;

/**
 * Works until `stop` fires or the block of `exitWhenSettled` is settled, and resolves once everything is drained. The
 * infrastructure stays open for its owner.
 */
export async function operate(config: RunConfig, parts: OperatingParts, stop: AbortSignal): Promise<void> {
  const { infrastructure, clock, log } = parts;
  const orchestrator = composeInstance(config, parts);
  await orchestrator.start();
  const endHousekeeping = repeat(HOUSEKEEPING_MS, log, housekeeper(config, parts, orchestrator));
  try {
    const lookMs = config.infrastructure.database.kind === 'embedded' ? LOOK_MS : REMOTE_LOOK_MS;
    await untilSettled(config.exitWhenSettled, { ...parts, store: infrastructure.store, lookMs }, stop);
  } finally {
    log.info({}, 'orchestrator stops: finishing what runs');
    // Timers of the clock do not keep a process alive, and while draining nothing else may.
    const awake = setInterval(() => undefined, 1_000);
    const graceMs = config.gracefulShutdownSeconds * 1000;
    const housekeepingEnds = atMost(clock, Math.min(graceMs, HOUSEKEEPING_GRACE_MS), endHousekeeping());
    await Promise.all([orchestrator.stop(graceMs), housekeepingEnds]);
    clearInterval(awake);
  }
}

/** What nobody needs any more: artifacts of blocks that were settled long ago, messages that were parked and alerts that were told long ago. */
function housekeeper(config: RunConfig, parts: OperatingParts, { engine }: Instance): () => Promise<unknown> {
  const { infrastructure, instance: owner, clock, log } = parts;
  const { store, locks, objects, parked } = infrastructure;
  const retentionMs = config.retentionDays * 86_400_000;
  const tagger = isExpiring(objects)
    ? new SettledArtifactTagger({
        store,
        locks,
        objects,
        apply: (job, event) => engine.apply(job, event),
        clock,
        log,
        retentionMs,
        owner,
      })
    : undefined;
  return () =>
    Promise.all([
      tagger?.pass() ?? expireArtifacts(infrastructure, clock, { retentionMs, owner }, log),
      parked.removeBefore(clock.now() - PARKED_KEPT_MS, PARKED_AT_ONCE),
      locks.removeClaims(clock.now() - CLAIMS_KEPT_MS, CLAIMS_AT_ONCE),
    ]);
}

/** EventBridge sends the words. */
const cronElsewhere: Scheduler = { start: () => Promise.resolve(), stop: () => Promise.resolve() };

function composeInstance(config: RunConfig, parts: OperatingParts): Instance {
  const { instance, infrastructure, handlers, chain, ranges, clock, entropy, log, reconcileMs, toldElsewhere } = parts;
  const scheduler = config.infrastructure.cron.inProcess
    ? new InProcessScheduler({
        queues: infrastructure.queues,
        clock,
        log,
        intervalOf: () => config.triggerIntervalSeconds * 1000,
      })
    : cronElsewhere;
  return new Instance({
    ...infrastructure,
    scheduler,
    handlers,
    chain,
    ...(ranges && { ranges }),
    ...(toldElsewhere && { toldElsewhere }),
    clock,
    entropy,
    log: log.child({ instance }),
    engine: engineSettings({
      instance,
      version: VERSION,
      leaseMs: config.leaseSeconds * 1000,
      heartbeatMs: config.heartbeatSeconds * 1000,
      visibilityMs: config.leaseSeconds * 1000,
      timeoutMs: perJobType((type) => config.timeoutSeconds[type] * 1000),
      concurrency: concurrencyOf(config.maxConcurrent),
    }),
    planner: {
      // A range longer than the buffer could never be filled.
      bufferSize: Math.max(config.blockBuffer, config.ranges.maxBlocks),
      minBlock: config.minBlock,
      maxBlock: Math.min(config.maxBlock ?? Number.MAX_SAFE_INTEGER, Number.MAX_SAFE_INTEGER),
    },
    reconcileMs,
  });
}

/** Handlers of one queue at a time: the setting of its job type, for each phase. */
function concurrencyOf(limits: PerJobType): (queue: QueueName) => number {
  const byQueue = new Map<QueueName, number>();
  for (const [type, limit] of Object.entries(limits) as [JobType, number][]) {
    byQueue.set(queueFor(type, 'process'), limit);
    byQueue.set(queueFor(type, 'verify'), Math.max(limit, 10));
  }
  return (queue) => byQueue.get(queue) ?? 10;
}

function perJobType(of: (type: JobType) => number): Record<JobType, number> {
  return {
    SnosRun: of('SnosRun'),
    ProofCreation: of('ProofCreation'),
    ProofRegistration: of('ProofRegistration'),
    DataSubmission: of('DataSubmission'),
    StateTransition: of('StateTransition'),
  };
}
