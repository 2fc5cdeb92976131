import { OrchestratorError } from '../errors/orchestrator-error.ts';

/** An error as log fields: what it is, what it knows, what caused it. The stack only where it is asked for. */
export interface ErrorFields {
  readonly code?: string;
  readonly message: string;
  readonly retry?: string;
  readonly context?: object;
  readonly cause?: ErrorFields;
  readonly stack?: string;
}

export function errorFields(error: unknown, withStack: boolean, depth = 0): ErrorFields {
  if (!(error instanceof Error)) return { message: String(error) };
  const cause = error.cause === undefined || depth > 8 ? undefined : errorFields(error.cause, withStack, depth + 1);
  const known =
    error instanceof OrchestratorError ? { code: error.code, retry: error.retry, context: error.context } : {};
  return {
    ...known,
    message: error.message,
    ...(cause === undefined ? {} : { cause }),
    ...(withStack && error.stack !== undefined ? { stack: error.stack } : {}),
  };
}
