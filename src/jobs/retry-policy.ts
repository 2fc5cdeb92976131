import { OrchestratorError, type RetryClass } from '../errors/orchestrator-error.ts';

/** A thrown value in the terms of the lifecycle. */
export interface Failure {
  readonly retry: RetryClass;
  readonly reason: string;
  readonly dependency: string | undefined;
  readonly retryAfterMs: number | undefined;
}

export interface BackoffSettings {
  readonly baseMs: number;
  readonly maxMs: number;
}

export const DEFAULT_BACKOFF: BackoffSettings = { baseMs: 1_000, maxMs: 300_000 };

/** An unknown error is a defect of ours or of a library: retried like a transient one, so that attempts bound it. */
export function classify(error: unknown): Failure {
  if (error instanceof OrchestratorError) {
    const { retry, dependency, retryAfterMs } = error;
    const hint = error.hint === undefined ? '' : ` (${error.hint})`;
    return { retry, dependency, retryAfterMs, reason: `${error.code}: ${error.message}${hint}` };
  }
  const reason = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
  return { retry: 'transient', reason, dependency: undefined, retryAfterMs: undefined };
}

/** Full-jitter exponential back-off: uniform in [0, min(max, base * 2^attempt)], at least a tenth of it. */
export function backoffMs(attempt: number, random: number, settings: BackoffSettings = DEFAULT_BACKOFF): number {
  const ceiling = Math.min(settings.maxMs, settings.baseMs * 2 ** Math.min(attempt, 30));
  return Math.round(ceiling * (0.1 + 0.9 * random));
}
