import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';

const project = fileURLToPath(new URL('../..', import.meta.url));

/** Loaded before the launcher, makes it believe that it runs on Node 20. */
const PRETEND_OLD = `data:text/javascript,${encodeURIComponent(
  `Object.defineProperty(process, 'versions', { value: { ...process.versions, node: '20.20.2' } });`,
)}`;

type Launched = ChildProcessByStdio<null, Readable, Readable>;

let root: string;
let started: Launched[];

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'launcher-'));
  started = [];
  cpSync(join(project, 'bin'), join(root, 'bin'), { recursive: true });
  writeFileSync(join(root, 'package.json'), '{ "type": "module" }');
  mkdirSync(join(root, 'dist', 'cli'), { recursive: true });
});

afterEach(() => {
  for (const child of started) child.kill('SIGKILL');
  rmSync(root, { recursive: true });
});

function program(body: string) {
  writeFileSync(join(root, 'dist', 'cli', 'main.js'), `export async function main(args) { ${body} }`);
}

function withBundledNode() {
  symlinkSync(join(project, 'node_modules'), join(root, 'node_modules'));
}

function launch(options: { old: boolean; args?: string[] }) {
  const preload = options.old ? ['--import', PRETEND_OLD] : [];
  const child = spawn(process.execPath, [...preload, join(root, 'bin', 'orchestrator.js'), ...(options.args ?? [])], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  started.push(child);
  return child;
}

async function finished(child: Launched) {
  const [stdout, stderr, [code]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'exit')]);
  return { stdout, stderr, code };
}

async function firstLine(child: Launched): Promise<string> {
  const [chunk] = await once(child.stdout, 'data');
  return String(chunk).trim();
}

describe('the launcher', () => {
  it('runs the program in the same process on a new enough Node', async () => {
    program('console.log(process.ppid, args.join()); return 3;');
    const { stdout, code } = await finished(launch({ old: false, args: ['a', '--b'] }));
    expect({ stdout, code }).toEqual({ stdout: `${process.pid} a,--b\n`, code: 3 });
  });

  it('runs the sources where they are, whatever a build says', async () => {
    program('return 1;');
    mkdirSync(join(root, 'src', 'cli'), { recursive: true });
    writeFileSync(
      join(root, 'src', 'cli', 'main.ts'),
      'export async function main(args: string[]) { return 4 as number; }',
    );
    expect((await finished(launch({ old: false }))).code).toBe(4);
  });

  it('does not show warnings about experimental features', async () => {
    program(
      `process.emitWarning('sqlite', 'ExperimentalWarning'); process.emitWarning('heed me', 'Warning'); return 0;`,
    );
    const { stderr } = await finished(launch({ old: false }));
    expect(stderr).toContain('heed me');
    expect(stderr).not.toContain('sqlite');
  });

  it('starts itself again with the Node that npm brought when it runs on an older one', async () => {
    withBundledNode();
    program('console.log(Number.parseInt(process.versions.node) >= 24, args.join()); return 7;');
    const { stdout, code } = await finished(launch({ old: true, args: ['run', '--x'] }));
    expect({ stdout, code }).toEqual({ stdout: 'true run,--x\n', code: 7 });
  });

  it('says which Node it needs when there is none', async () => {
    program('return 0;');
    const { stderr, code } = await finished(launch({ old: true }));
    expect(stderr).toContain('orchestrator needs Node 24 or newer; this is Node 20.20.2.');
    expect(code).toBe(2);
  });

  it.each(['SIGINT', 'SIGTERM'] as const)('passes %s on and exits as the program does', async (signal) => {
    withBundledNode();
    program(`return await new Promise((resolve) => {
      const timer = setInterval(() => undefined, 1000);
      process.on('${signal}', () => { clearInterval(timer); resolve(9); });
      console.log('ready');
    });`);
    const launcher = launch({ old: true });
    expect(await firstLine(launcher)).toBe('ready');
    launcher.kill(signal);
    const [code] = await once(launcher, 'exit');
    expect(code).toBe(9);
  });

  it('takes the program with it when it is killed', async () => {
    withBundledNode();
    program(`console.log(process.pid); await new Promise((resolve) => setTimeout(resolve, 120_000)); return 0;`);
    const launcher = launch({ old: true });
    const pid = Number(await firstLine(launcher));
    expect(pid).not.toBe(launcher.pid);
    launcher.kill('SIGKILL');
    // The output ends when its last holder, the program, has ended; otherwise this waits until the test times out.
    await expect(text(launcher.stdout)).resolves.toBe('');
  });
});
