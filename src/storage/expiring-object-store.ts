import type { ObjectStore } from './object-store.ts';

/** A store that removes objects by a rule of its own once they are marked: S3 and its lifecycle rules. */
export interface ExpiringObjectStore extends ObjectStore {
  /** Marks the object as no longer needed; no error when there is none. A new `put` under the key takes the mark away. */
  tagForExpiry(key: string): Promise<void>;
}

export function isExpiring(objects: ObjectStore): objects is ExpiringObjectStore {
  return 'tagForExpiry' in objects && typeof objects.tagForExpiry === 'function';
}
