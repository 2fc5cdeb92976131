import type { Readable } from 'node:stream';

/** Large artifacts by key. Writing is atomic: a reader sees the whole object or none. */
export interface ObjectStore {
  /** Stores the bytes under the key, replacing what was there. */
  put(key: string, content: Uint8Array | Readable): Promise<ObjectInfo>;
  /** The whole object, its content hash checked. Fails with OBJECT_NOT_FOUND or OBJECT_CORRUPT. */
  get(key: string): Promise<Uint8Array>;
  /** The object as a stream; the hash is checked at its end, where the stream fails on a mismatch. */
  stream(key: string): Promise<Readable>;
  /** Undefined when there is no such object. */
  head(key: string): Promise<ObjectInfo | undefined>;
  /** Removes the object; no error when there is none. */
  delete(key: string): Promise<void>;
  /** Keys with the prefix, in ascending order. */
  list(prefix: string): Promise<string[]>;
}

export interface ObjectInfo {
  readonly key: string;
  readonly size: number;
  /** Lower case hex, 64 digits. */
  readonly sha256: string;
}
