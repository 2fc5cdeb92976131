import { ObjectId } from 'mongodb';
import { OrchestratorError } from '../../errors/orchestrator-error.ts';

/**
 * Every write leaves a mark of its own in the document, `recent_writes`, newest last. A connection that is cut in the
 * middle of a write leaves open whether it was applied; the mark tells, even when somebody else has changed the document
 * again in the meantime, and even when two instances write the very same content.
 */
export const RECENT_WRITES = 'recent_writes';
const KEPT = 16;

export interface Marked {
  readonly version: number;
  readonly recent_writes?: readonly ObjectId[];
}

/** Unique among all processes. */
export function newMark(): ObjectId {
  return new ObjectId();
}

/** The part of an update that leaves the mark. */
export function leaveMark(mark: ObjectId) {
  return { $push: { [RECENT_WRITES]: { $each: [mark], $slice: -KEPT } } };
}

/**
 * Whether the write with this mark, which would have brought the document to `version`, is part of its past. Every later
 * write raises the version, so a mark can have left the list only when the version has risen by its length. Fails with
 * DATABASE_UNAVAILABLE when that happened: nobody knows then.
 */
export function wasWritten(stored: Marked | null, mark: ObjectId, version: number): boolean {
  if (stored === null) return false;
  if (stored.recent_writes?.some((left) => left.equals(mark)) === true) return true;
  if (stored.version - version < KEPT) return false;
  throw new OrchestratorError(
    'DATABASE_UNAVAILABLE',
    'The connection to MongoDB was cut during a write, and the document has changed too often since to tell whether it was applied.',
    { retry: 'dependency-down', dependency: 'mongodb', context: { version, stored: stored.version } },
  );
}
