import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { orchestrator } from './orchestrator-process.ts';

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'healthy-'));
});

afterEach(() => rmSync(folder, { recursive: true }));

describe('healthy', () => {
  it('answers by its exit code, as a container engine asks, and knows nothing but the file', async () => {
    const path = join(folder, 'health.json');
    const env = { MADARA_ORCHESTRATOR_HEALTH_FILE: path };
    expect(await orchestrator(['healthy'], env)).toMatchObject({ code: 1, stderr: '' });
    // An hour ahead: a slow machine makes it no older than a minute.
    const at = new Date(Date.now() + 3_600_000).toISOString();
    writeFileSync(path, JSON.stringify({ instance: 'host-1', state: 'working', at }));
    const { code, stdout } = await orchestrator(['healthy'], env);
    expect(stdout).toContain('healthy: host-1 is working');
    expect(code).toBe(0);
  });

  it('answers in JSON with the same exit codes', async () => {
    const path = join(folder, 'health.json');
    const args = ['healthy', '--json', '--health-file', path];
    writeFileSync(path, 'something else');
    const none = await orchestrator(args);
    expect(JSON.parse(none.stdout)).toEqual({ healthy: false, reason: `${path} is no health report` });
    expect(none.code).toBe(1);
    const at = new Date(Date.now() + 3_600_000).toISOString();
    writeFileSync(path, JSON.stringify({ instance: 'host-1', state: 'working', at }));
    const some = await orchestrator(args);
    expect(JSON.parse(some.stdout)).toMatchObject({
      healthy: true,
      reason: expect.stringContaining('host-1 is working'),
    });
    expect(some.code).toBe(0);
  });

  it('needs to be told the file', async () => {
    const { code, stderr } = await orchestrator(['healthy']);
    expect(stderr).toContain('--health-file (MADARA_ORCHESTRATOR_HEALTH_FILE) is missing');
    expect(code).toBe(2);
  });
});
