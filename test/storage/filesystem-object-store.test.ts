import { spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  lutimes,
  mkdir,
  mkdtemp,
  open,
  readdir,
  readlink,
  rm,
  stat,
  symlink,
  truncate,
  utimes,
  writeFile,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { systemClock, systemEntropy } from '../../src/clock/system-clock.ts';
import { FilesystemObjectStore } from '../../src/storage/filesystem/filesystem-object-store.ts';
import { storageError } from '../../src/storage/filesystem/storage-error.ts';

describe('FilesystemObjectStore', () => {
  let directory: string;
  const openStore = (at: string = directory) =>
    FilesystemObjectStore.open({ directory: at, clock: systemClock, entropy: systemEntropy });
  const content = new TextEncoder().encode('some content');

  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'objects-'));
  });
  afterEach(() => rm(directory, { recursive: true }));

  const hourAgo = (): Date => new Date(systemClock.now() - 3_600_000);
  const contentOf = async (key: string): Promise<string> => {
    const path = join(directory, key);
    return join(path, '..', await readlink(path));
  };

  it.each([
    ['changed', (path: string) => writeFile(path, 'some c0ntent')],
    ['cut off', (path: string) => truncate(path, 5)],
    ['empty', (path: string) => truncate(path, 0)],
  ])('refuses content that was %s on the disk', async (_, damage) => {
    const store = await openStore();
    await store.put('1/a', content);
    await damage(await contentOf('1/a'));
    const corrupt = { code: 'OBJECT_CORRUPT', context: { key: '1/a' } };
    await expect(store.get('1/a')).rejects.toMatchObject(corrupt);
    await expect(store.stream('1/a').then((stream) => buffer(stream))).rejects.toMatchObject(corrupt);
    await store.put('1/a', content);
    expect(await store.get('1/a')).toHaveLength(content.length);
  });

  it('refuses a file that it did not write', async () => {
    const store = await openStore();
    await mkdir(join(directory, '1'));
    await writeFile(join(directory, '1', 'a'), 'foreign');
    await expect(store.get('1/a')).rejects.toMatchObject({ code: 'OBJECT_CORRUPT' });
    expect(await store.list('')).toEqual([]);
  });

  it('says that an object is missing when its content is', async () => {
    const store = await openStore();
    await store.put('1/a', content);
    await rm(await contentOf('1/a'));
    await expect(store.get('1/a')).rejects.toMatchObject({ code: 'OBJECT_NOT_FOUND' });
  });

  it('leaves no file behind: not of replaced objects, not of deleted ones', async () => {
    const store = await openStore();
    for (let round = 0; round < 5; round += 1) await store.put('1/a', new Uint8Array([round]));
    expect(await readdir(join(directory, '1'))).toHaveLength(2);
    await store.delete('1/a');
    expect(await readdir(directory)).toEqual(['.tmp']);
    expect(await readdir(join(directory, '.tmp'))).toEqual([]);
  });

  it('removes on opening what has been idle for long, and nothing that another instance may still write', async () => {
    const child = spawn(process.execPath, ['-e', '']);
    await once(child, 'exit');
    const temporary = join(directory, '.tmp');
    await mkdir(temporary);
    // A process of another container looks as dead as this one.
    await writeFile(join(temporary, `${child.pid}-fresh`), 'x');
    for (const name of [`${child.pid}-idle`, `${process.ppid}-idle`, 'idle']) {
      await writeFile(join(temporary, name), 'x');
      await utimes(join(temporary, name), hourAgo(), hourAgo());
    }
    await symlink('content-that-is-elsewhere', join(temporary, 'fresh-link'));
    await symlink('content-that-is-elsewhere', join(temporary, 'idle-link'));
    await lutimes(join(temporary, 'idle-link'), hourAgo(), hourAgo());
    await openStore();
    expect((await readdir(temporary)).sort()).toEqual([`${child.pid}-fresh`, 'fresh-link']);
  });

  it('is plain to read for whoever looks into the directory', async () => {
    const store = await openStore();
    await store.put('7/snos_output.json', content);
    expect((await stat(join(directory, '7', 'snos_output.json'))).size).toBe(content.length);
  });

  it('says which path it cannot use, why, and that waiting may help', async () => {
    const file = join(directory, 'file');
    await writeFile(file, '');
    const unusable = { code: 'STORAGE_UNAVAILABLE', retry: 'dependency-down', dependency: 'storage' };
    const failure = await openStore(join(file, 'objects')).catch((error: unknown) => error);
    expect(failure).toMatchObject({ ...unusable, message: expect.stringContaining(file) });
    const store = await openStore();
    await writeFile(join(directory, '5'), 'in the way');
    const refused = await store.put('5/a', content).catch((error: unknown) => error);
    expect(refused).toMatchObject({ ...unusable, context: { path: join(directory, '5', 'a') } });
    expect(await readdir(join(directory, '.tmp'))).toEqual([]);
  });

  it('tells a full disk as such', async () => {
    const full = await open('/dev/full', 'w');
    const error = await full.writeFile('x').catch((reason: unknown) => reason);
    await full.close();
    expect(storageError(error, '/data/5/a')).toMatchObject({
      code: 'STORAGE_UNAVAILABLE',
      retry: 'dependency-down',
      context: { path: '/data/5/a', code: 'ENOSPC' },
      hint: expect.stringContaining('Free space'),
    });
  });
});
