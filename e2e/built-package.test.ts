import { spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';

const project = fileURLToPath(new URL('..', import.meta.url));
let folder: string;

/** What the package consists of (`files` in package.json), without sources. */
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'package-'));
  const compiler = join(project, 'node_modules/typescript/bin/tsc');
  const args = [compiler, '-p', join(project, 'tsconfig.build.json'), '--outDir', join(folder, 'dist')];
  const built = spawnSync(process.execPath, args, { encoding: 'utf8' });
  if (built.status !== 0) throw new Error(built.stdout);
  for (const name of ['bin', 'contracts', 'package.json'])
    cpSync(join(project, name), join(folder, name), { recursive: true });
  symlinkSync(join(project, 'node_modules'), join(folder, 'node_modules'));
});

afterAll(() => rmSync(folder, { recursive: true }));

function orchestrator(...args: string[]) {
  return spawnSync(process.execPath, [join(folder, 'bin/orchestrator.js'), ...args], { cwd: folder, encoding: 'utf8' });
}

describe('the built package', () => {
  it('runs without sources', () => {
    const { status, stdout } = orchestrator('doctor', '--json');
    expect(JSON.parse(stdout)).toContainEqual(expect.objectContaining({ name: 'Node', state: 'ok' }));
    expect(status).toBe(0);
  });

  it('settles a block', () => {
    const { status, stdout } = orchestrator('dev', '--blocks', '1');
    expect(stdout).toContain('All 1 blocks (0..0) are settled');
    expect(status).toBe(0);
  });
});
