import { OrchestratorError } from '../../../src/errors/orchestrator-error.ts';

/** The OrchestratorError that the promise fails with. */
export async function failureOf(promise: Promise<unknown>): Promise<OrchestratorError> {
  const result = await promise.then(
    (value) => ({ value }),
    (error: unknown) => ({ error }),
  );
  if ('value' in result) throw new Error('it was expected to fail, but did not');
  if (result.error instanceof OrchestratorError) return result.error;
  throw result.error;
}
