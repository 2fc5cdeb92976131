import type { Clock, Entropy } from '../clock/clock.ts';
import { OrchestratorError } from '../errors/orchestrator-error.ts';
import type { Log } from '../telemetry/log.ts';
import { briefPauseMs } from './brief-deferral.ts';
import type { DependencyHealth } from './dependency-health.ts';
import type { EngineSettings } from './engine-settings.ts';
import type { HeldJob } from './held-job.ts';
import type { Job, JobType, Phase } from './job.ts';
import type { JobHandler, ProcessOutcome, VerifyOutcome, WorkContext } from './job-handler.ts';
import type { JobEvent } from './lifecycle-event.ts';
import { backoffMs, classify } from './retry-policy.ts';

export interface HandlerRunnerDependencies {
  readonly health: DependencyHealth;
  readonly handlers: Partial<Record<JobType, JobHandler>>;
  readonly clock: Clock;
  readonly entropy: Entropy;
  readonly log: Log;
  readonly settings: EngineSettings;
}

/** Least pause, in milliseconds, before somebody who asked for fewer requests is asked again. */
const LEAST_PAUSE_MS = 5_000;

/** Runs a leased job's handler under its deadline and turns whatever happens into an event of the lifecycle. */
export class HandlerRunner {
  readonly #deps: HandlerRunnerDependencies;
  readonly #settings: EngineSettings;
  /** Dependencies that work of a type and phase failed on since it last succeeded. */
  readonly #blocked = new Map<string, Set<string>>();

  constructor(deps: HandlerRunnerDependencies) {
    this.#deps = deps;
    this.#settings = deps.settings;
  }

  /** Runs the handler; its result as an event, or undefined when the lease was lost meanwhile. */
  async run(held: HeldJob): Promise<JobEvent | undefined> {
    const { clock, log, handlers } = this.#deps;
    const { job, token } = held;
    const phase = job.lease?.phase ?? 'process';
    const handler = handlers[job.job_type];
    const timeoutMs = this.#settings.timeoutMs[job.job_type];
    const cancel = clock.after(timeoutMs, () => held.controller.abort(timedOut(job, timeoutMs)));
    const work: WorkContext = {
      signal: held.controller.signal,
      clock,
      log: log.child({ job: job.id, type: job.job_type, block: job.internal_id, phase }),
      fence: () => held.fence(),
    };
    try {
      held.controller.signal.throwIfAborted();
      if (handler === undefined)
        throw new OrchestratorError('JOB_STATE', `no handler for ${job.job_type} in this program`);
      const run = phase === 'process' ? handler.process(job, work) : handler.verify(job, work);
      const outcome = await untilAborted<ProcessOutcome | VerifyOutcome>(run, held.controller.signal);
      // Work that could not start says nothing about what it would have needed.
      if (outcome.kind !== 'deferred') await this.#recovered(job, phase);
      return this.#eventOf(outcome, held);
    } catch (error) {
      if (held.lost) {
        log.warn({ job: job.id, type: job.job_type, block: job.internal_id }, 'lease lost, result dropped');
        return undefined;
      }
      const reason: unknown = held.controller.signal.aborted ? held.controller.signal.reason : error;
      if (reason instanceof Stopping) return { type: 'released', token };
      return this.#failureOf(reason, held, phase);
    } finally {
      cancel();
    }
  }

  #eventOf(outcome: ProcessOutcome | VerifyOutcome, held: HeldJob): JobEvent {
    const { token } = held;
    const now = this.#deps.clock.now();
    switch (outcome.kind) {
      case 'submitted': {
        const { externalId, specific } = outcome;
        return { type: 'submitted', token, externalId, specific, verifyAt: now + outcome.verifyAfterMs };
      }
      case 'completed': {
        const { externalId, specific } = outcome;
        return { type: 'completed', token, externalId, specific, successors: [] };
      }
      case 'verified':
        return { type: 'completed', token, ...(outcome.specific && { specific: outcome.specific }), successors: [] };
      case 'pending': {
        const { waitingFor, held: isHeld, specific } = outcome;
        return {
          type: 'pending',
          token,
          retryAt: now + outcome.retryAfterMs,
          waitingFor,
          ...(isHeld && { held: true }),
          ...(specific && { specific }),
        };
      }
      case 'rejected':
        return { type: 'rejected', token, reason: outcome.reason };
      case 'deferred': {
        const { retryAfterMs, waitingFor, brief } = outcome;
        const inMs = brief ? briefPauseMs(retryAfterMs, held.job.attempts) : retryAfterMs;
        return { type: 'deferred', token, retryAt: now + inMs, waitingFor, ...(brief && { brief }) };
      }
    }
  }

  async #failureOf(error: unknown, held: HeldJob, phase: Phase): Promise<JobEvent> {
    const { clock, entropy, health, log } = this.#deps;
    const { job, token } = held;
    const failure = classify(error);
    const fields = { job: job.id, type: job.job_type, block: job.internal_id, phase, retry: failure.retry };
    log.warn({ ...fields, reason: failure.reason }, 'attempt failed');
    let dependency: string | undefined;
    let delay = backoffMs(
      phase === 'process' ? job.attempts.process : job.attempts.verify,
      entropy.random(),
      this.#settings.backoff,
    );
    if (failure.retry === 'dependency-down' || failure.retry === 'rate-limited') {
      dependency = failure.dependency ?? 'unknown';
      const problem = failure.retry === 'rate-limited' ? 'throttled' : 'down';
      this.#noteBlocked(keyOf(job, phase), dependency);
      delay = await health.failed(dependency, entropy.random(), problem, failure.retryAfterMs);
    }
    if (failure.retry === 'rate-limited') delay = Math.max(delay, LEAST_PAUSE_MS * (1 + entropy.random()));
    // What the other side asked for is the least we wait, jittered so that not everybody comes back at once.
    if (failure.retryAfterMs !== undefined)
      delay = Math.max(delay, failure.retryAfterMs * (1 + 0.1 * entropy.random()));
    return {
      type: 'failed',
      token,
      retry: failure.retry,
      reason: failure.reason,
      ...(dependency !== undefined && { dependency }),
      retryAt: clock.now() + Math.round(delay),
    };
  }

  #noteBlocked(key: string, dependency: string): void {
    this.#blocked.set(key, (this.#blocked.get(key) ?? new Set()).add(dependency));
  }

  /** Whatever such work failed on here is back, and whatever this job failed on anywhere. */
  async #recovered(job: Job, phase: Phase): Promise<void> {
    const key = keyOf(job, phase);
    const here = this.#blocked.get(key);
    const anywhere = job.attempts.blocked_by;
    if (here === undefined && anywhere === undefined) return;
    this.#blocked.delete(key);
    for (const dependency of new Set([...(here ?? []), ...(anywhere ?? [])])) {
      if (!(await this.#deps.health.succeeded(dependency))) this.#noteBlocked(key, dependency);
    }
  }
}

const keyOf = ({ job_type }: Job, phase: Phase): string => `${job_type}:${phase}`;

/** The result, or the signal's reason as soon as it fires: a handler that ignores its signal cannot hold a job. */
async function untilAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  if (signal.aborted) {
    work.catch(() => undefined);
    throw signal.reason;
  }
  let stop: () => void = () => undefined;
  const aborted = new Promise<never>((_, reject) => {
    stop = () => reject(signal.reason);
    signal.addEventListener('abort', stop, { once: true });
  });
  try {
    return await Promise.race([work, aborted]);
  } finally {
    signal.removeEventListener('abort', stop);
  }
}

/** Reason of a handler's signal when the program stops. */
class Stopping extends OrchestratorError {}

export const stopping = (): Stopping =>
  new Stopping('HANDLER_TIMEOUT', 'the program is stopping', { retry: 'transient' });

function timedOut(job: Job, timeoutMs: number): OrchestratorError {
  return new OrchestratorError('HANDLER_TIMEOUT', `${job.job_type} ran longer than ${timeoutMs / 1000} s`, {
    retry: 'transient',
    hint: `raise the job type's timeout setting if the work needs longer`,
  });
}
