import type { ErrorCode } from '../errors/error-code.ts';
import { OrchestratorError } from '../errors/orchestrator-error.ts';

const BROKEN: ReadonlySet<ErrorCode> = new Set([
  'OBJECT_NOT_FOUND',
  'OBJECT_CORRUPT',
  'FELT_INVALID',
  'WORDS_INVALID',
  'BLOB_INVALID',
  'OUTPUT_INVALID',
  'OUTPUT_MISMATCH',
  'PIE_INVALID',
]);

/**
 * True for an error that says that a stored artifact is missing or not what it should be: it can be made again. Everything
 * else (a store that is down) tells nothing about the artifact.
 */
export function isBrokenArtifact(error: unknown): error is OrchestratorError {
  return error instanceof OrchestratorError && BROKEN.has(error.code);
}
