import { text } from 'node:stream/consumers';
import { describe, expect, it } from '@jest/globals';
import { spawnGuarded } from '../../src/devnet/child-process/spawn-guarded.ts';
import { gone, isRunning } from './processes.ts';

const node = (script: string, options?: Parameters<typeof spawnGuarded>[2]) =>
  spawnGuarded(process.execPath, ['-e', script], options);

describe('spawnGuarded', () => {
  it('passes arguments, environment, output and exit code through', async () => {
    const script = 'console.log(process.argv[1], process.env.WORD); console.error("trouble"); process.exitCode = 7';
    const child = await spawnGuarded(process.execPath, ['-e', script, 'a b'], {
      output: 'pipe',
      env: { ...process.env, WORD: 'here' },
    });
    if (child.stdout === null || child.stderr === null) throw new Error('no pipes');
    const [out, err, code] = await Promise.all([text(child.stdout), text(child.stderr), child.exited]);
    expect(out).toBe('a b here\n');
    expect(err).toContain('trouble');
    expect(code).toBe(7);
    expect(child.signal('SIGTERM')).toBe(false);
    expect(await child.stop()).toBe(7);
  });

  it('refuses a command that does not exist', async () => {
    await expect(spawnGuarded('/no/such/command', [])).rejects.toMatchObject({
      code: 'PROCESS_FAILED',
      context: { command: '/no/such/command' },
    });
  });

  it('lets a command end in its own way when it is stopped', async () => {
    const child = await node(
      'process.on("SIGTERM", () => process.exit(3)); console.log("up"); setInterval(() => {}, 1e6)',
      {
        output: 'pipe',
        graceMs: 20_000,
      },
    );
    await new Promise((resolve) => child.stdout?.once('data', resolve));
    expect(await child.stop()).toBe(3);
  });

  it('kills a command that ignores SIGTERM once the grace time is over', async () => {
    const child = await node('process.on("SIGTERM", () => {}); console.log("up"); setInterval(() => {}, 1e6)', {
      output: 'pipe',
      graceMs: 50,
    });
    await new Promise((resolve) => child.stdout?.once('data', resolve));
    expect(await child.stop()).toBe(128 + 9);
    expect(isRunning(child.pid)).toBe(false);
  });

  it('signals the command itself, not its watchdog', async () => {
    const child = await node('setInterval(() => {}, 1e6)');
    expect(child.signal('SIGKILL')).toBe(true);
    expect(await child.exited).toBe(128 + 9);
  });

  it('takes along what the command started', async () => {
    const child = await node(
      `const { spawn } = require('node:child_process');
       const inner = spawn(process.execPath, ['-e', 'process.on("SIGTERM", () => {}); setInterval(() => {}, 1e6)'], { stdio: 'ignore' });
       inner.once('spawn', () => console.log(inner.pid));
       setInterval(() => {}, 1e6);`,
      { output: 'pipe' },
    );
    const inner = await new Promise<number>((resolve) =>
      child.stdout?.once('data', (line: Buffer) => resolve(Number(line.toString()))),
    );
    expect(isRunning(inner)).toBe(true);
    await child.stop();
    await gone(inner);
    expect(isRunning(inner)).toBe(false);
  });
});
