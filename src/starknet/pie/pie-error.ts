import { OrchestratorError } from '../../errors/orchestrator-error.ts';
import type { FactReason } from '../fact-error.ts';

/** What can be wrong with the archive around a Cairo PIE, or with a file in it. */
export type ArchiveReason =
  | 'NotAZip'
  | 'ArchiveUnreadable'
  | 'TooManyFiles'
  | 'FileMissing'
  | 'FileTwice'
  | 'FileTooLarge'
  | 'FileCompressedTooMuch'
  | 'FileCorrupt'
  | 'NotJson'
  | 'JsonTooLarge'
  | 'FieldInvalid'
  | 'MemoryInvalid';

export type PieReason = ArchiveReason | FactReason;

/** PIE_INVALID with a `reason` in its context that scripts can match on. */
export function invalidPie(reason: PieReason, message: string, cause?: unknown): OrchestratorError {
  return new OrchestratorError('PIE_INVALID', `the Cairo PIE is invalid: ${message}`, {
    context: { reason },
    ...(cause === undefined ? {} : { cause }),
  });
}
