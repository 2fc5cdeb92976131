import type { Clock, Entropy } from '../../clock/clock.ts';
import { OrchestratorError } from '../../errors/orchestrator-error.ts';

export interface RetryOptions {
  readonly clock: Clock;
  readonly entropy: Entropy;
  /** Tries in all, the first included. */
  readonly attempts: number;
  /** Upper bound of the first pause; doubles with every try. */
  readonly baseDelayMs: number;
  /** No pause is longer; a node that asks for more ends the retrying. */
  readonly maxDelayMs: number;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Runs `action` with the number of the try, from 1, until it succeeds, fails for good or the tries are used up. These retries bridge moments; lasting outages
 * are the job engine's business, so the last error goes through unchanged.
 */
export async function retrying<T>(options: RetryOptions, action: (attempt: number) => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await action(attempt);
    } catch (error) {
      if (attempt >= options.attempts || !(error instanceof OrchestratorError) || !isWorthRetrying(error)) throw error;
      const pause =
        error.retryAfterMs ??
        options.entropy.random() * Math.min(options.maxDelayMs, options.baseDelayMs * 2 ** (attempt - 1));
      if (pause > options.maxDelayMs) throw error;
      await options.clock.sleep(pause, options.signal);
    }
  }
}

/** A block that is not there yet takes a block time, not milliseconds. */
function isWorthRetrying(error: OrchestratorError): boolean {
  return error.retry !== 'permanent' && error.code !== 'BLOCK_NOT_FOUND';
}
