import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { installOnce } from '../../scripts/services/install-once.ts';

let root: string;
let folder: string;

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'install-once-'));
  folder = join(root, 'tool-1');
});

afterEach(() => rmSync(root, { recursive: true }));

/** Id of a process that has ended. */
function deadPid(): number {
  return spawnSync(process.execPath, ['--version']).pid;
}

async function fill(stage: string): Promise<void> {
  writeFileSync(join(stage, 'content'), 'complete');
}

describe('installing once', () => {
  it('builds for one of many that ask at the same time, and shows the folder only when it is complete', async () => {
    const builds: string[] = [];
    const ask = () =>
      installOnce(folder, async (stage) => {
        builds.push(stage);
        await new Promise((resolve) => setImmediate(resolve));
        expect(existsSync(folder)).toBe(false);
        await fill(stage);
      });
    await Promise.all([ask(), ask(), ask()]);
    await ask();
    expect(builds).toHaveLength(1);
    expect(readFileSync(join(folder, 'content'), 'utf8')).toBe('complete');
    expect(readdirSync(root)).toEqual(['tool-1']);
  });

  it('leaves nothing when it fails, and the next one tries again', async () => {
    const failing = installOnce(folder, async (stage) => {
      await fill(stage);
      throw new Error('no network');
    });
    await expect(failing).rejects.toThrow('no network');
    expect(readdirSync(root)).toEqual([]);
    await installOnce(folder, fill);
    expect(existsSync(join(folder, 'content'))).toBe(true);
  });

  it('goes on where an installer was killed, and removes what it left', async () => {
    const dead = deadPid();
    writeFileSync(`${folder}.lock`, String(dead));
    mkdirSync(`${folder}.${dead}.partial`);
    writeFileSync(join(`${folder}.${dead}.partial`, 'half'), '');
    await installOnce(folder, fill);
    expect(readdirSync(root)).toEqual(['tool-1']);
    expect(readdirSync(folder)).toEqual(['content']);
  });
});
