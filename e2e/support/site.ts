import { randomUUID } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { openEmbedded } from '../../src/app/embedded-infrastructure.ts';
import { systemClock, systemEntropy } from '../../src/clock/system-clock.ts';
import type { JobStore } from '../../src/database/job-store.ts';
import { silentLog } from '../../src/telemetry/log.ts';
import { MARK_VARIABLE, type MarkedProcess, markedProcesses } from './marked-processes.ts';
import { Program, type ProgramOptions } from './program.ts';

const POLL_MS = 50;

export interface Finished {
  readonly code: number;
  readonly stdout: string;
  /** Both streams. */
  readonly output: string;
}

/**
 * Place of one test: a directory, and everything that was started for it. Closing it ends every process, by its id, also
 * those that lost their parents.
 */
export class Site {
  readonly directory: string;
  readonly #mark = randomUUID();
  readonly #programs: Program[] = [];
  readonly #endings: (() => Promise<unknown>)[] = [];
  readonly #stores = new Map<string, Promise<JobStore>>();

  private constructor(directory: string) {
    this.directory = directory;
  }

  static async open(): Promise<Site> {
    return new Site(await mkdtemp(join(tmpdir(), 'orchestrator-e2e-')));
  }

  path(...names: string[]): string {
    return join(this.directory, ...names);
  }

  /** Starts the program with these arguments, without any setting that happens to be in our own environment. */
  start(
    args: readonly string[],
    env: Readonly<Record<string, string>> = {},
    options: Partial<Pick<ProgramOptions, 'command' | 'cwd'>> = {},
  ): Program {
    const foreign = /^(MADARA_ORCHESTRATOR_|NODE_OPTIONS$|LOG_FORMAT$|RUST_LOG$)/;
    const own = Object.entries(process.env).filter(([name]) => !foreign.test(name));
    const program = new Program(args, {
      cwd: this.directory,
      ...options,
      env: { ...Object.fromEntries(own), [MARK_VARIABLE]: this.#mark, ...env },
    });
    this.#programs.push(program);
    return program;
  }

  /** Runs a command to its end. */
  async command(args: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<Finished> {
    const program = this.start(args, env);
    const code = await program.exited;
    return { code, stdout: program.stdout, output: program.tail(Number.MAX_SAFE_INTEGER) };
  }

  /** A command that must succeed and print JSON. */
  async json(args: readonly string[]): Promise<unknown> {
    const { code, stdout, output } = await this.command([...args, '--json']);
    if (code !== 0) throw new Error(`orchestrator ${args.join(' ')} ended with ${code}:\n${output}`);
    return JSON.parse(stdout);
  }

  /** The jobs of a data directory, read beside whoever works on them. */
  store(dataDir: string): Promise<JobStore> {
    const known = this.#stores.get(dataDir);
    if (known !== undefined) return known;
    const opened = openEmbedded(dataDir, systemClock, systemEntropy, silentLog).then((infrastructure) => {
      this.atEnd(() => infrastructure.close());
      return infrastructure.store;
    });
    this.#stores.set(dataDir, opened);
    return opened;
  }

  atEnd(end: () => Promise<unknown>): void {
    this.#endings.push(end);
  }

  /** What was started here and still runs, apart from servers inside the test itself. */
  running(): MarkedProcess[] {
    return markedProcesses(this.#mark);
  }

  /** Waits for the exit code; any other one is an error. */
  async expectExit(program: Program, code: number): Promise<void> {
    const ended = await program.exited;
    if (ended !== code) throw new Error(`${program.name} ended with ${ended} instead of ${code}`);
  }

  /** Asks again and again until there is an answer; ends early with an error when one of `alive` has ended. */
  async eventually<T>(
    what: string,
    ask: () => T | undefined | false | Promise<T | undefined | false>,
    { limitMs = 120_000, alive = [] }: { limitMs?: number; alive?: readonly Program[] } = {},
  ): Promise<T> {
    const end = Date.now() + limitMs;
    for (;;) {
      // Looked at first: an answer that came with the end still counts.
      const dead = alive.find(({ exitCode }) => exitCode !== undefined);
      const answer = await ask();
      if (answer !== undefined && answer !== false) return answer;
      if (dead !== undefined) throw new Error(`${dead.name} ended with ${dead.exitCode} before this was so: ${what}`);
      if (Date.now() > end) throw new Error(`still not so after ${limitMs / 1000} s: ${what}`);
      await delay(POLL_MS);
    }
  }

  async nothingRuns(limitMs = 20_000): Promise<void> {
    const end = Date.now() + limitMs;
    while (this.running().length > 0) {
      if (Date.now() > end) {
        const left = this.running().map(({ pid, command }) => `  ${pid} ${command}`);
        throw new Error(`still running:\n${left.join('\n')}`);
      }
      await delay(POLL_MS);
    }
  }

  /** Newest output of everything that was started here. */
  async tails(): Promise<string> {
    const parts = this.#programs
      .slice(-6)
      .map(
        (program) =>
          `--- ${program.name} (pid ${program.pid}, exit code ${program.exitCode ?? 'none'})\n${program.tail(25)}`,
      );
    for (const file of await readdir(this.directory, { recursive: true }).catch(() => [] as string[])) {
      if (!/instance-\d+\.log$/.test(file)) continue;
      const text = await readFile(this.path(file), 'utf8');
      parts.push(`--- ${file}\n${text.trimEnd().split('\n').slice(-40).join('\n')}`);
    }
    return parts.join('\n\n');
  }

  async close(): Promise<void> {
    for (const end of this.#endings.reverse()) await end();
    for (const program of this.#programs) {
      // One that is stopped would keep the signal for later.
      if (program.kill('SIGCONT')) program.kill('SIGKILL');
      await program.exited;
    }
    for (const { pid } of this.running()) {
      try {
        process.kill(pid, 'SIGKILL');
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
      }
    }
    await rm(this.directory, { recursive: true, force: true });
  }
}
