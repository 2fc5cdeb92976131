import type { ErrorCode } from './error-code.ts';

/**
 * How a failure is retried.
 *
 * - `permanent`: trying again cannot help.
 * - `transient`: costs an attempt, retried with full-jitter exponential back-off.
 * - `rate-limited`: the other side wants fewer requests; costs no attempt, retried when it said so (`retryAfterMs`).
 * - `dependency-down`: the other side is unreachable; costs no attempt.
 */
export type RetryClass = 'permanent' | 'transient' | 'rate-limited' | 'dependency-down';

/** Plain facts about the failure; never secrets, never whole payloads. */
export type ErrorContext = Readonly<Record<string, string | number | boolean | bigint | null | undefined>>;

export interface OrchestratorErrorOptions {
  readonly retry?: RetryClass;
  readonly context?: ErrorContext;
  readonly cause?: unknown;
  /** Milliseconds after which the other side asked us to come back (`rate-limited`). */
  readonly retryAfterMs?: number;
  /** Name of the dependency (`dependency-down`, `rate-limited`), for example `starknet-node`. */
  readonly dependency?: string;
  /** What the reader can do about it, one sentence. */
  readonly hint?: string;
}

/** Base of every expected failure: a stable code, a retry class, facts and a cause. */
export class OrchestratorError extends Error {
  override readonly name: string = 'OrchestratorError';
  readonly code: ErrorCode;
  readonly retry: RetryClass;
  readonly context: ErrorContext;
  readonly retryAfterMs: number | undefined;
  readonly dependency: string | undefined;
  readonly hint: string | undefined;

  constructor(code: ErrorCode, message: string, options: OrchestratorErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.retry = options.retry ?? 'permanent';
    this.context = options.context ?? {};
    this.retryAfterMs = options.retryAfterMs;
    this.dependency = options.dependency;
    this.hint = options.hint;
  }

  /** First error in the cause chain, this one included, that satisfies `test`. */
  walk(test: (error: unknown) => boolean): unknown {
    for (let error: unknown = this; error instanceof Error; error = error.cause) if (test(error)) return error;
    return undefined;
  }
}
