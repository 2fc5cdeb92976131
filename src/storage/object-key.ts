import { OrchestratorError } from '../errors/orchestrator-error.ts';

/** Longest segment; leaves room for what an adapter adds to a file name. */
const MAX_SEGMENT = 150;
const MAX_KEY = 512;

/**
 * Fails with OBJECT_KEY_INVALID unless the key is plain: segments of letters, digits and `._-+=@~`, none of them starting
 * with a dot, separated by single slashes. So no key leaves its store, whatever document it came from.
 */
export function assertObjectKey(key: string): void {
  if (isObjectKey(key)) return;
  throw new OrchestratorError('OBJECT_KEY_INVALID', `${JSON.stringify(key.slice(0, 100))} is not a valid object key.`, {
    hint: 'Use segments of letters, digits and ._-+=@~ that do not start with a dot, separated by single slashes.',
  });
}

/** True when {@link assertObjectKey} takes the key. */
export function isObjectKey(key: string): boolean {
  return key.length <= MAX_KEY && key.split('/').every((segment) => isPlainSegment(segment));
}

/** True when a segment of a key may look like this. */
export function isPlainSegment(segment: string): boolean {
  return segment.length <= MAX_SEGMENT && /^[\w\-+=@~][\w.\-+=@~]*$/.test(segment);
}
