import { createHash } from 'node:crypto';
import {
  type FileHandle,
  mkdir,
  open,
  readdir,
  readFile,
  readlink,
  rename,
  rmdir,
  stat,
  symlink,
  unlink,
} from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { pipeline, type Readable } from 'node:stream';
import type { Clock, Entropy } from '../../clock/clock.ts';
import { OrchestratorError } from '../../errors/orchestrator-error.ts';
import type { ConditionalObjectStore } from '../conditional-object-store.ts';
import { corruptObject, HashCheck, sha256Of } from '../content-hash.ts';
import { assertObjectKey, isPlainSegment } from '../object-key.ts';
import type { ObjectInfo } from '../object-store.ts';
import { storageError, systemCode } from './storage-error.ts';
import { TemporaryFiles } from './temporary-files.ts';

export interface FilesystemObjectStoreOptions {
  /** Made when it does not exist. */
  readonly directory: string;
  readonly clock: Clock;
  readonly entropy: Entropy;
}

/** Looks at a link before it is given up that its content, replaced at that very moment, cannot be found. */
const LOOKS = 5;

/**
 * Objects as files: `<directory>/<key>` is a symbolic link to its content `.<name>.<sha256>.<id>` in the same folder. The
 * link is replaced by one rename, so a reader gets content and hash of one writing, whoever else writes at the same time.
 * Content, link and folder reach the disk before `put` answers.
 */
export class FilesystemObjectStore implements ConditionalObjectStore {
  readonly #root: string;
  readonly #entropy: Entropy;
  readonly #temporary: TemporaryFiles;

  /** Prepares the directory; fails with STORAGE_UNAVAILABLE when it cannot be used. */
  static async open({ directory, clock, entropy }: FilesystemObjectStoreOptions): Promise<FilesystemObjectStore> {
    const root = resolve(directory);
    const temporary = new TemporaryFiles(root, entropy);
    try {
      await temporary.prepare(clock);
    } catch (error) {
      throw storageError(error, root);
    }
    return new FilesystemObjectStore(root, entropy, temporary);
  }

  private constructor(root: string, entropy: Entropy, temporary: TemporaryFiles) {
    this.#root = root;
    this.#entropy = entropy;
    this.#temporary = temporary;
  }

  async put(key: string, content: Uint8Array | Readable): Promise<ObjectInfo> {
    const path = this.#pathOf(key);
    const temporary = this.#temporary.path();
    try {
      const { size, sha256 } = await writeDurably(temporary, content);
      const name = `.${basename(path)}.${sha256}.${this.#entropy.uuid()}`;
      await this.#publish(temporary, path, name);
      return { key, size, sha256 };
    } catch (error) {
      await removeIfPresent(temporary);
      throw storageError(error, path);
    }
  }

  async putIfAbsent(key: string, content: Uint8Array): Promise<boolean> {
    const path = this.#pathOf(key);
    const temporary = this.#temporary.path();
    try {
      const { sha256 } = await writeDurably(temporary, content);
      const name = `.${basename(path)}.${sha256}.${this.#entropy.uuid()}`;
      if (await this.#publishFirst(temporary, path, name)) return true;
      const there = await this.#target(path);
      return there !== undefined && hashInName(there) === sha256;
    } catch (error) {
      await removeIfPresent(temporary);
      throw storageError(error, path);
    }
  }

  async get(key: string): Promise<Uint8Array> {
    const { sha256, result } = await this.#reading(key, (content) => readFile(content));
    const actual = sha256Of(result);
    if (actual !== sha256) throw corruptObject(key, sha256, actual);
    return result;
  }

  async stream(key: string): Promise<Readable> {
    const { sha256, result } = await this.#reading(key, (content) => open(content));
    // Errors of the file reach the reader through the last stream of the pipeline.
    return pipeline(result.createReadStream(), new HashCheck(key, sha256), () => undefined);
  }

  async head(key: string): Promise<ObjectInfo | undefined> {
    try {
      const { sha256, result } = await this.#reading(key, (content) => stat(content));
      return { key, size: result.size, sha256 };
    } catch (error) {
      if (error instanceof OrchestratorError && error.code === 'OBJECT_NOT_FOUND') return undefined;
      throw error;
    }
  }

  async delete(key: string): Promise<void> {
    const path = this.#pathOf(key);
    try {
      await removeIfPresent(path);
      await this.#removeContents(path);
      await this.#removeEmptyFolders(dirname(path));
    } catch (error) {
      throw storageError(error, path);
    }
  }

  async list(prefix: string): Promise<string[]> {
    const folders = prefix.split('/').slice(0, -1);
    if (!folders.every(isPlainSegment)) return [];
    const keys: string[] = [];
    try {
      await this.#collect(folders.join('/'), keys);
    } catch (error) {
      throw storageError(error, this.#root);
    }
    return keys.filter((key) => key.startsWith(prefix)).sort();
  }

  #pathOf(key: string): string {
    assertObjectKey(key);
    return join(this.#root, key);
  }

  async #publish(temporary: string, path: string, name: string): Promise<void> {
    const folder = dirname(path);
    const made = await mkdir(folder, { recursive: true });
    await rename(temporary, join(folder, name));
    const previous = await this.#target(path);
    await symlink(name, temporary);
    await rename(temporary, path);
    await syncFolders(folder, made);
    if (previous !== undefined) await removeIfPresent(join(folder, previous));
  }

  /** Publishes unless there is an object; making a link fails when its name is taken. */
  async #publishFirst(temporary: string, path: string, name: string): Promise<boolean> {
    const folder = dirname(path);
    const made = await mkdir(folder, { recursive: true });
    await rename(temporary, join(folder, name));
    try {
      await symlink(name, path);
    } catch (error) {
      await removeIfPresent(join(folder, name));
      if (systemCode(error) === 'EEXIST') return false;
      throw error;
    }
    await syncFolders(folder, made);
    return true;
  }

  /** Name of the content file that the object's link leads to; undefined when there is no object. */
  async #target(path: string): Promise<string | undefined> {
    try {
      return await readlink(path);
    } catch (error) {
      const code = systemCode(error);
      if (code === 'ENOENT' || code === 'ENOTDIR') return undefined;
      throw error;
    }
  }

  /** Runs `read` on the object's content file; again when the object is replaced in between. */
  async #reading<T>(key: string, read: (content: string) => Promise<T>): Promise<{ sha256: string; result: T }> {
    const path = this.#pathOf(key);
    try {
      for (let look = 1; look <= LOOKS; look += 1) {
        const target = await this.#target(path);
        if (target === undefined) break;
        const sha256 = hashInName(target);
        if (sha256 === undefined) throw corruptObject(key, 'unknown', target);
        try {
          return { sha256, result: await read(join(dirname(path), target)) };
        } catch (error) {
          if (systemCode(error) !== 'ENOENT') throw error;
        }
      }
    } catch (error) {
      if (systemCode(error) === 'EINVAL') throw corruptObject(key, 'unknown', 'not a link');
      throw storageError(error, path);
    }
    throw new OrchestratorError('OBJECT_NOT_FOUND', `There is no object ${key}.`, { context: { key } });
  }

  /** Removes all contents of an object, also those that a crash kept from being linked. */
  async #removeContents(path: string): Promise<void> {
    const prefix = `.${basename(path)}.`;
    for (const name of await entriesOf(dirname(path))) {
      const isContent = name.startsWith(prefix) && /^[0-9a-f]{64}\.[^.]+$/.test(name.slice(prefix.length));
      if (isContent) await removeIfPresent(join(dirname(path), name));
    }
  }

  async #removeEmptyFolders(folder: string): Promise<void> {
    for (let inner = folder; inner !== this.#root; inner = dirname(inner)) {
      try {
        await rmdir(inner);
      } catch (error) {
        const code = systemCode(error);
        if (code === 'ENOTEMPTY' || code === 'EEXIST' || code === 'ENOENT' || code === 'ENOTDIR') return;
        throw error;
      }
    }
  }

  async #collect(folder: string, keys: string[]): Promise<void> {
    let entries: Awaited<ReturnType<typeof readFolder>>;
    try {
      entries = await readFolder(join(this.#root, folder));
    } catch (error) {
      const code = systemCode(error);
      if (code === 'ENOENT' || code === 'ENOTDIR') return;
      throw error;
    }
    for (const entry of entries) {
      if (!isPlainSegment(entry.name)) continue;
      const key = folder === '' ? entry.name : `${folder}/${entry.name}`;
      if (entry.isDirectory()) await this.#collect(key, keys);
      else if (entry.isSymbolicLink()) keys.push(key);
    }
  }
}

const readFolder = (path: string) => readdir(path, { withFileTypes: true });

async function entriesOf(folder: string): Promise<string[]> {
  try {
    return await readdir(folder);
  } catch (error) {
    const code = systemCode(error);
    if (code === 'ENOENT' || code === 'ENOTDIR') return [];
    throw error;
  }
}

async function writeDurably(path: string, content: Uint8Array | Readable): Promise<{ size: number; sha256: string }> {
  const file = await open(path, 'wx');
  try {
    const hash = createHash('sha256');
    let size = 0;
    for await (const chunk of content instanceof Uint8Array ? [content] : content) {
      const bytes = typeof chunk === 'string' ? Buffer.from(chunk) : (chunk as Uint8Array);
      hash.update(bytes);
      size += bytes.length;
      await file.writeFile(bytes);
    }
    await file.sync();
    return { size, sha256: hash.digest('hex') };
  } finally {
    await file.close();
  }
}

/** Makes the folder's entries durable, and the names of the folders that were made for it, from `made` on. */
async function syncFolders(folder: string, made: string | undefined): Promise<void> {
  await syncDirectory(folder);
  for (let inner = folder; made !== undefined && inner.startsWith(made); inner = dirname(inner)) {
    await syncDirectory(dirname(inner));
  }
}

async function syncDirectory(path: string): Promise<void> {
  let directory: FileHandle | undefined;
  try {
    directory = await open(path, 'r');
    await directory.sync();
  } catch (error) {
    // Some systems do not let a directory be opened or synced; there the rename alone has to do.
    const code = systemCode(error);
    if (code !== 'EISDIR' && code !== 'EPERM' && code !== 'EINVAL') throw error;
  } finally {
    await directory?.close();
  }
}

async function removeIfPresent(path: string): Promise<void> {
  try {
    await unlink(path);
  } catch (error) {
    const code = systemCode(error);
    if (code !== 'ENOENT' && code !== 'ENOTDIR') throw error;
  }
}

function hashInName(name: string): string | undefined {
  return /\.([0-9a-f]{64})\.[^.]+$/.exec(name)?.[1];
}
