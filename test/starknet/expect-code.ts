import { expect } from '@jest/globals';
import type { ErrorCode } from '../../src/errors/error-code.ts';
import { OrchestratorError } from '../../src/errors/orchestrator-error.ts';

/** Runs the action, which must fail with this code and a message that contains `text`; returns the error. */
export async function expectCode(code: ErrorCode, text: string, action: () => unknown): Promise<OrchestratorError> {
  let error: unknown;
  try {
    await action();
  } catch (caught) {
    error = caught;
  }
  if (!(error instanceof OrchestratorError))
    throw new Error(`expected ${code}, got ${error === undefined ? 'no error' : String(error)}`);
  expect({ code: error.code, message: error.message }).toEqual({ code, message: expect.stringContaining(text) });
  return error;
}
