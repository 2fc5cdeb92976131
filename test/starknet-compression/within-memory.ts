import { expect } from '@jest/globals';
import type { ErrorCode } from '../../src/errors/error-code.ts';
import { OrchestratorError } from '../../src/errors/orchestrator-error.ts';

const MOST_BYTES = 256 * 2 ** 20;

/** Result of the action, or undefined when it fails with this code; any other failure is one of the test. */
export function resultOrRefusal<T>(code: ErrorCode, action: () => T): T | undefined {
  try {
    return action();
  } catch (error) {
    if (!(error instanceof OrchestratorError)) throw error;
    expect(error.code).toBe(code);
    return undefined;
  }
}

/** Runs the action and checks that the heap stayed small, as sampled by the function that the action gets. */
export function withinMemory(action: (sample: () => void) => void): void {
  const before = process.memoryUsage().heapUsed;
  let most = before;
  action(() => {
    most = Math.max(most, process.memoryUsage().heapUsed);
  });
  expect(most - before).toBeLessThan(MOST_BYTES);
}
