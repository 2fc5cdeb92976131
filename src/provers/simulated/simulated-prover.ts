import { createHash } from 'node:crypto';
import type { Clock } from '../../clock/clock.ts';
import { OrchestratorError } from '../../errors/orchestrator-error.ts';
import type { FactRegistrar } from '../fact-registry.ts';
import type { Prover, ProverQuery, ProverStatus, ProverTask } from '../prover.ts';

export interface SimulatedProverOptions {
  /** Where proven facts go; null when nobody asks for them. */
  readonly registrar: FactRegistrar | null;
  readonly clock: Clock;
  /** Time that a proof takes. */
  readonly latencyMs: number;
  /** Share of submissions that fail, from 0 to 1. Which ones follows from fact and attempt, so a run can be repeated. */
  readonly failureRate: number;
}

const EXTERNAL_ID = /^sim:(0x[0-9a-f]{64}):(\d+):(\d+)$/;

/**
 * A prover that proves nothing: after a while it calls the work done and registers its fact. It keeps no state: the
 * external id `sim:<fact>:<attempt>:<submitted at, ms>` says all there is to know, so instances and restarts do not
 * matter, and submitting twice is nothing.
 */
export class SimulatedProver implements Prover {
  readonly #options: SimulatedProverOptions;

  constructor(options: SimulatedProverOptions) {
    if (!(options.failureRate >= 0 && options.failureRate <= 1)) {
      throw new OrchestratorError(
        'CONFIG_INVALID',
        `the simulated prover's failure rate must be between 0 and 1: ${options.failureRate}`,
      );
    }
    this.#options = options;
  }

  async submit(task: ProverTask): Promise<string> {
    task.signal.throwIfAborted();
    const id = `sim:${task.dedupId.toLowerCase()}:${task.attempt}:${this.#options.clock.now()}`;
    if (EXTERNAL_ID.test(id)) return id;
    throw new OrchestratorError(
      'PROVER_FAILED',
      `the simulated prover takes facts of 32 bytes and whole attempts, not ${task.dedupId} and ${task.attempt}`,
    );
  }

  async status({ externalId, fact, signal }: ProverQuery): Promise<ProverStatus> {
    const { clock, latencyMs, failureRate, registrar } = this.#options;
    const [, proven, attempt, submittedAt] = EXTERNAL_ID.exec(externalId) ?? [];
    if (proven === undefined || attempt === undefined) {
      throw new OrchestratorError('PROVER_FAILED', `${externalId} is not a task of the simulated prover`, {
        context: { externalId },
      });
    }
    const left = Number(submittedAt) + latencyMs - clock.now();
    if (left > 0) return { kind: 'processing', note: `${left} ms of proving left` };
    if (drawnFor(proven, attempt) < failureRate)
      return { kind: 'failed', reason: `simulated failure of attempt ${attempt}` };
    if (fact === null) return { kind: 'succeeded' };
    if (fact.toLowerCase() !== proven)
      return { kind: 'failed', reason: `the task proved ${proven}, but ${fact} is asked for` };
    if (registrar === null)
      return { kind: 'failed', reason: 'the fact must be registered, but no fact registry is configured' };
    if (await registrar.isValid(proven, signal)) return { kind: 'succeeded' };
    await registrar.register(proven, signal);
    return { kind: 'processing', note: 'proven; the fact is sent to the registry' };
  }
}

/** A number in [0, 1) that belongs to this submission. */
function drawnFor(fact: string, attempt: string): number {
  return createHash('sha256').update(`${fact}:${attempt}`).digest().readUInt32BE(0) / 2 ** 32;
}
