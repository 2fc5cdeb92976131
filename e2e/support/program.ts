import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { constants } from 'node:os';
import { fileURLToPath } from 'node:url';

const LAUNCHER = fileURLToPath(new URL('../../bin/orchestrator.js', import.meta.url));
const KEPT_LINES = 400;

export interface ProgramOptions {
  readonly cwd: string;
  readonly env: NodeJS.ProcessEnv;
  /** Default: the program's own launcher. */
  readonly command?: { readonly file: string; readonly args: readonly string[] };
}

/** A real process of the real command line, in a process group of its own, as a terminal would start it. */
export class Program {
  readonly name: string;
  readonly #child: ChildProcess;
  readonly #lines: string[] = [];
  #stdout = '';
  #code: number | undefined;
  /** Exit code, 128 + n after signal n, once all output has been read. */
  readonly exited: Promise<number>;

  constructor(args: readonly string[], { cwd, env, command }: ProgramOptions) {
    const file = command?.file ?? process.execPath;
    const all = [...(command?.args ?? [LAUNCHER]), ...args];
    this.name = (command === undefined ? ['orchestrator', ...args] : [file, ...all]).slice(0, 4).join(' ');
    this.#child = spawn(file, all, { cwd, env, stdio: ['ignore', 'pipe', 'pipe'], detached: true });
    for (const stream of [this.#child.stdout, this.#child.stderr]) {
      let rest = '';
      stream?.setEncoding('utf8').on('data', (text: string) => {
        if (stream === this.#child.stdout) this.#stdout += text;
        const parts = (rest + text).split('\n');
        rest = parts.pop() ?? '';
        this.#lines.push(...parts);
        this.#lines.splice(0, this.#lines.length - KEPT_LINES);
      });
    }
    this.exited = once(this.#child, 'close').then(([code, signal]: unknown[]) => {
      const number = typeof signal === 'string' ? constants.signals[signal as NodeJS.Signals] : 0;
      this.#code = typeof code === 'number' ? code : 128 + number;
      return this.#code;
    });
  }

  get pid(): number {
    if (this.#child.pid === undefined) throw new Error(`${this.name} did not start`);
    return this.#child.pid;
  }

  get stdout(): string {
    return this.#stdout;
  }

  /** Undefined while it runs. */
  get exitCode(): number | undefined {
    return this.#code;
  }

  /** The newest lines of standard output and error, as they came. */
  tail(lines = 40): string {
    return this.#lines.slice(-lines).join('\n');
  }

  prints(pattern: RegExp): boolean {
    return this.#lines.some((line) => pattern.test(line));
  }

  /** To the process alone. False when it is gone. */
  kill(signal: NodeJS.Signals): boolean {
    return this.#signal(this.pid, signal);
  }

  /** To its whole process group, as Ctrl-C in a terminal. */
  killGroup(signal: NodeJS.Signals): boolean {
    return this.#signal(-this.pid, signal);
  }

  #signal(target: number, signal: NodeJS.Signals): boolean {
    // A process that was collected gives its id to others.
    if (this.#code !== undefined) return false;
    try {
      process.kill(target, signal);
      return true;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ESRCH') return false;
      throw error;
    }
  }
}
