import { Readable } from 'node:stream';
import { OrchestratorError } from '../../errors/orchestrator-error.ts';
import type { ConditionalObjectStore } from '../conditional-object-store.ts';
import { corruptObject, sha256Of } from '../content-hash.ts';
import { assertObjectKey } from '../object-key.ts';
import type { ObjectInfo } from '../object-store.ts';

interface StoredObject {
  readonly bytes: Uint8Array;
  readonly sha256: string;
}

/** Objects in memory, for the simulation. Bytes are copied on the way in and out. */
export class MemoryObjectStore implements ConditionalObjectStore {
  readonly #objects = new Map<string, StoredObject>();

  async put(key: string, content: Uint8Array | Readable): Promise<ObjectInfo> {
    assertObjectKey(key);
    const bytes = content instanceof Uint8Array ? content.slice() : await collect(content);
    const sha256 = sha256Of(bytes);
    this.#objects.set(key, { bytes, sha256 });
    return { key, size: bytes.length, sha256 };
  }

  async putIfAbsent(key: string, content: Uint8Array): Promise<boolean> {
    assertObjectKey(key);
    const stored = this.#objects.get(key);
    if (stored !== undefined) return stored.sha256 === sha256Of(content);
    await this.put(key, content);
    return true;
  }

  async get(key: string): Promise<Uint8Array> {
    const { bytes, sha256 } = this.#stored(key);
    const actual = sha256Of(bytes);
    if (actual !== sha256) throw corruptObject(key, sha256, actual);
    return bytes.slice();
  }

  async stream(key: string): Promise<Readable> {
    return Readable.from([Buffer.from(await this.get(key))]);
  }

  async head(key: string): Promise<ObjectInfo | undefined> {
    assertObjectKey(key);
    const stored = this.#objects.get(key);
    return stored && { key, size: stored.bytes.length, sha256: stored.sha256 };
  }

  async delete(key: string): Promise<void> {
    assertObjectKey(key);
    this.#objects.delete(key);
  }

  async list(prefix: string): Promise<string[]> {
    return [...this.#objects.keys()].filter((key) => key.startsWith(prefix)).sort();
  }

  #stored(key: string): StoredObject {
    assertObjectKey(key);
    const stored = this.#objects.get(key);
    if (stored !== undefined) return stored;
    throw new OrchestratorError('OBJECT_NOT_FOUND', `There is no object ${key}.`, { context: { key } });
  }
}

async function collect(content: Readable): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of content)
    chunks.push(typeof chunk === 'string' ? Buffer.from(chunk) : (chunk as Uint8Array));
  return new Uint8Array(Buffer.concat(chunks));
}
