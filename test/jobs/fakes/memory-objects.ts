import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import { OrchestratorError } from '../../../src/errors/orchestrator-error.ts';
import type { ObjectInfo, ObjectStore } from '../../../src/storage/object-store.ts';

/** Objects in a map, with the two things a test needs: a crash at a chosen write, and damage done from outside. */
export class MemoryObjects implements ObjectStore {
  readonly #objects = new Map<string, Uint8Array>();
  /** Number of writes so far. */
  writes = 0;
  /** The process "dies" right after this many writes; the write itself is done. */
  crashAfterWrite: number | undefined;

  async put(key: string, content: Uint8Array | Readable): Promise<ObjectInfo> {
    const bytes = content instanceof Readable ? Buffer.concat(await content.toArray()) : content;
    this.#objects.set(key, Uint8Array.from(bytes));
    this.writes += 1;
    if (this.writes === this.crashAfterWrite) throw new Crash();
    return infoOf(key, bytes);
  }

  async get(key: string): Promise<Uint8Array> {
    const content = this.#objects.get(key);
    if (content === undefined)
      throw new OrchestratorError('OBJECT_NOT_FOUND', `no object ${key}`, { context: { key } });
    return content;
  }

  async stream(key: string): Promise<Readable> {
    return Readable.from([await this.get(key)]);
  }

  async head(key: string): Promise<ObjectInfo | undefined> {
    const content = this.#objects.get(key);
    return content === undefined ? undefined : infoOf(key, content);
  }

  async delete(key: string): Promise<void> {
    this.#objects.delete(key);
  }

  async list(prefix: string): Promise<string[]> {
    return [...this.#objects.keys()].filter((key) => key.startsWith(prefix)).sort();
  }

  /** Replaces an object's bytes behind the store's back. */
  damage(key: string, change: (content: Uint8Array) => Uint8Array): void {
    const content = this.#objects.get(key);
    if (content === undefined) throw new Error(`nothing to damage under ${key}`);
    this.#objects.set(key, change(Uint8Array.from(content)));
  }
}

class Crash extends Error {
  constructor() {
    super('the process died here');
  }
}

function infoOf(key: string, content: Uint8Array): ObjectInfo {
  return { key, size: content.length, sha256: createHash('sha256').update(content).digest('hex') };
}
