import type { ObjectStore } from './object-store.ts';

/** A store in which one of several writers can be the first. */
export interface ConditionalObjectStore extends ObjectStore {
  /**
   * Stores the bytes unless the key has an object; true when the object is now these bytes. A repeated call with the same
   * bytes answers true again, so that a lost answer costs nothing: content that tells its writer makes the answer a claim.
   */
  putIfAbsent(key: string, content: Uint8Array): Promise<boolean>;
}

export function isConditional(objects: ObjectStore): objects is ConditionalObjectStore {
  return 'putIfAbsent' in objects && typeof objects.putIfAbsent === 'function';
}
