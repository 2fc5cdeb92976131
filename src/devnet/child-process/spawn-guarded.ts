import { spawn } from 'node:child_process';
import { extname } from 'node:path';
import type { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { OrchestratorError } from '../../errors/orchestrator-error.ts';
import { signalGroup } from './process-group.ts';

export interface GuardedOptions {
  readonly cwd?: string;
  /** Whole environment of the command; by default ours. */
  readonly env?: NodeJS.ProcessEnv;
  /** What happens to standard output and error; `pipe` must be read by the caller, or the command blocks. Default `ignore`. */
  readonly output?: 'pipe' | 'inherit' | 'ignore';
  /** Time between SIGTERM and SIGKILL when the command is stopped or we die, milliseconds. Default 1,000. */
  readonly graceMs?: number;
}

export interface GuardedProcess {
  /** Of the command itself, not of its watchdog. It leads a process group of its own. */
  readonly pid: number;
  /** Present with `output: 'pipe'`. */
  readonly stdout: Readable | null;
  readonly stderr: Readable | null;
  /** Exit code once the command has ended; 128 + n when signal n ended it. */
  readonly exited: Promise<number>;
  /** Sends a signal to the command and what it started. False when it is gone already. */
  signal(name: NodeJS.Signals): boolean;
  /** SIGTERM, then SIGKILL after the grace time; resolves with the exit code. Stopping twice is harmless. */
  stop(): Promise<number>;
}

const WATCHDOG = fileURLToPath(new URL(`./watchdog${extname(fileURLToPath(import.meta.url))}`, import.meta.url));

/**
 * Starts a command that ends when this process ends, however that happens (see `watchdog.ts`).
 *
 * @throws OrchestratorError `PROCESS_FAILED` when the command cannot be started.
 */
export async function spawnGuarded(
  command: string,
  args: readonly string[],
  options: GuardedOptions = {},
): Promise<GuardedProcess> {
  const output = options.output ?? 'ignore';
  const watchdog = spawn(process.execPath, [WATCHDOG, String(options.graceMs ?? 1_000), command, ...args], {
    stdio: ['pipe', output, output, 'ipc'],
    // Out of our process group: a signal that kills the whole group must leave the watchdog to do its work.
    detached: process.platform !== 'win32',
    windowsHide: true,
    ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
    ...(options.env === undefined ? {} : { env: options.env }),
  });
  watchdog.stdin?.on('error', () => undefined);

  const exited = new Promise<number>((resolve) => {
    watchdog.once('exit', (code) => resolve(code ?? 1));
  });
  const pid = await new Promise<number>((resolve, reject) => {
    const fail = (reason: string, cause?: unknown): void =>
      reject(
        new OrchestratorError('PROCESS_FAILED', `cannot start ${command}: ${reason}`, { context: { command }, cause }),
      );
    watchdog.once('error', (error) => fail(error.message, error));
    watchdog.once('exit', (code) => fail(`its watchdog ended with code ${code}`));
    watchdog.once('message', (message: { pid?: number; error?: string }) => {
      if (message.pid === undefined) fail(message.error ?? 'no process id');
      else resolve(message.pid);
    });
  });

  let ended = false;
  watchdog.once('exit', () => {
    ended = true;
    // A watchdog that was killed itself cannot have taken the command along.
    signalGroup(pid, 'SIGKILL');
  });

  return {
    pid,
    stdout: watchdog.stdout,
    stderr: watchdog.stderr,
    exited,
    signal: (name) => !ended && signalGroup(pid, name),
    stop: () => {
      if (!ended) watchdog.kill('SIGTERM');
      return exited;
    },
  };
}
