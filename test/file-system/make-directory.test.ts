import { existsSync, mkdtempSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { systemClock, systemEntropy } from '../../src/clock/system-clock.ts';
import { EmbeddedDatabase } from '../../src/database/embedded/embedded-database.ts';
import { writeManifest } from '../../src/devnet/chain/recording-folder.ts';
import { makeDirectory } from '../../src/file-system/make-directory.ts';
import { FilesystemObjectStore } from '../../src/storage/filesystem/filesystem-object-store.ts';
import { S3ObjectStore } from '../../src/storage/s3/s3-object-store.ts';

/** Of Linux: it exists, and whoever makes something in it is told that it does not. */
const UNMAKABLE = '/proc/xx';

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'make-directory-'));
});

afterEach(() => rmSync(folder, { recursive: true }));

/** Code of the system error; `toThrow` does not take errors of Node for errors of the test's realm. */
function codeOf(work: () => void): unknown {
  try {
    work();
  } catch (error) {
    return (error as NodeJS.ErrnoException).code;
  }
  return undefined;
}

const onLinux: (name: string, fn: () => void) => void =
  process.platform === 'linux' ? describe : (name, fn) => describe.skip(`${name} (skipped: only Linux has /proc)`, fn);

describe('making a directory', () => {
  it('makes what is missing above it too, and is content when it is there', () => {
    const directory = join(folder, 'a', 'b', 'c');
    makeDirectory(directory);
    makeDirectory(directory);
    expect(statSync(directory).isDirectory()).toBe(true);
  });

  it('follows links to directories', () => {
    symlinkSync(folder, join(folder, 'link'));
    makeDirectory(join(folder, 'link', 'a'));
    expect(existsSync(join(folder, 'a'))).toBe(true);
  });

  it('fails when a file is in the way, at its place or above it, or a link that leads nowhere', () => {
    writeFileSync(join(folder, 'file'), '');
    symlinkSync(join(folder, 'nowhere'), join(folder, 'link'));
    for (const name of ['file', 'file/a/b', 'link', 'link/a'])
      expect(codeOf(() => makeDirectory(join(folder, name)))).toBe('EEXIST');
  });
});

onLinux('a directory that the system does not let anybody make', () => {
  it('ends with the error of the system', () => {
    expect(codeOf(() => makeDirectory(UNMAKABLE))).toBe('ENOENT');
    expect(codeOf(() => makeDirectory(`${UNMAKABLE}/a/b`))).toBe('ENOENT');
  });

  const around = { directory: UNMAKABLE, clock: systemClock, entropy: systemEntropy };
  const access = { region: 'eu-west-1', endpoint: 'http://127.0.0.1:1' };
  it.each<[string, () => unknown]>([
    ['the data directory', () => EmbeddedDatabase.open(around)],
    ['objects', () => FilesystemObjectStore.open(around)],
    [
      'uploads',
      () =>
        S3ObjectStore.open({
          access,
          bucket: 'bucket',
          clock: systemClock,
          temporaryDirectory: `${UNMAKABLE}/uploads`,
        }),
    ],
    ['a recording', () => writeManifest(UNMAKABLE, { chainId: 1n, firstBlock: 0, lastBlock: 0, complete: false })],
  ])('is named as the place of %s', async (_, open) => {
    await expect((async () => open())()).rejects.toMatchObject({
      code: 'STORAGE_UNAVAILABLE',
      message: expect.stringContaining(UNMAKABLE),
      hint: expect.any(String),
    });
  });
});
