import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { NO_ENV_FILE_VARIABLE } from '../../src/config/env-file.ts';
import { orchestrator } from './orchestrator-process.ts';

const VARIABLE = 'MADARA_ORCHESTRATOR_DATA_DIR';

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'env-file-'));
});

afterEach(() => rmSync(folder, { recursive: true }));

async function complaint(args: readonly string[] = [], env: Readonly<Record<string, string>> = {}): Promise<string> {
  const { code, stderr } = await orchestrator(['status', ...args], env, folder);
  expect(code).toBe(2);
  return stderr.split('\n')[0] ?? '';
}

describe('.env in the working directory', () => {
  it('is read, a variable wins over it, and a flag over both', async () => {
    writeFileSync(join(folder, '.env'), `# where it is\n${VARIABLE}=from-file\n`);
    expect(await complaint()).toContain(`worked in ${join(folder, 'from-file')} yet`);
    expect(await complaint([], { [VARIABLE]: 'from-variable' })).toContain(join(folder, 'from-variable'));
    expect(await complaint(['--data-dir', 'from-flag'], { [VARIABLE]: 'from-variable' })).toContain(
      join(folder, 'from-flag'),
    );
  });

  it('is left alone by a process that gets its settings from the one that starts it', async () => {
    writeFileSync(join(folder, '.env'), `${VARIABLE}=from-file\n`);
    expect(await complaint([], { [NO_ENV_FILE_VARIABLE]: 'true' })).toContain(`worked in ${join(folder, '.data')} yet`);
  });

  it('may be a pipe, which is read once', async () => {
    execFileSync('mkfifo', [join(folder, '.env')]);
    const written = writeFile(join(folder, '.env'), `${VARIABLE}=from-pipe\n`);
    expect(await complaint()).toContain(join(folder, 'from-pipe'));
    await written;
  });

  it('is said to be unreadable when it is a directory', async () => {
    mkdirSync(join(folder, '.env'));
    const sentence = await complaint();
    expect(sentence).toMatch(/^orchestrator: \.env in \S+ cannot be read: EISDIR/);
    expect(sentence).toContain(`.env in ${folder} `);
  });

  it('chooses systems as well, and its secrets are not shown', async () => {
    const url = 'mongodb://writer:hunter2-hunter2@127.0.0.1:1/?serverSelectionTimeoutMS=200';
    writeFileSync(
      join(folder, '.env'),
      `MADARA_ORCHESTRATOR_MONGODB=true\nMADARA_ORCHESTRATOR_MONGODB_CONNECTION_URL=${url}\n`,
    );
    const { code, stderr } = await orchestrator(['doctor', '--debug'], {}, folder);
    expect(code).toBe(1);
    expect(stderr).not.toContain('hunter2');
    const { stdout } = await orchestrator(['doctor', '--json'], {}, folder);
    expect(JSON.parse(stdout)).toContainEqual(expect.objectContaining({ name: 'MongoDB', state: 'failed' }));
    expect(stdout).not.toContain('hunter2');
  });
});
