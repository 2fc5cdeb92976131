import { randomBytes } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import { runSetup, runTeardown } from '../../src/app/setup.ts';
import type { AwsCall } from '../../src/aws/call-counts.ts';
import type { SetupConfig, TeardownConfig } from '../../src/provisioning/setup-config.ts';
import { Program } from './program.ts';
import { changesSomething } from './provisioning-calls.ts';
import { setupConfig } from './setup-config.ts';

/** The account of a local stack. */
export const ACCOUNT = '000000000000';
export const CREDENTIALS = { AWS_ACCESS_KEY_ID: 'test', AWS_SECRET_ACCESS_KEY: 'test' };

const CHILD = fileURLToPath(new URL('./setup-child.ts', import.meta.url));

export interface Place {
  readonly endpoint: string;
  readonly region: string;
}

export interface SetupRun {
  readonly code: number;
  readonly lines: readonly string[];
  readonly calls: readonly AwsCall[];
}

export type Changes = Partial<SetupConfig & TeardownConfig>;
export type SetupCommand = 'setup' | 'teardown';

/** A prefix that nobody else uses. */
export function newPrefix(): string {
  return `st${randomBytes(4).toString('hex')}`;
}

/** setup or teardown in this process, with every call it makes. */
export async function runCommand(
  access: Place,
  command: SetupCommand,
  prefix: string,
  changes: Changes = {},
): Promise<SetupRun> {
  const lines: string[] = [];
  const calls: AwsCall[] = [];
  const io = {
    print: (line: string) => void lines.push(line),
    terminal: false,
    redraw: () => undefined,
    stop: new AbortController().signal,
  };
  const config = setupConfig({ ...access, onCall: (call) => void calls.push(call) }, prefix, changes);
  const code = await (command === 'setup' ? runSetup(config, io) : runTeardown(config, io));
  return { code, lines, calls };
}

/** The same in a process that kills itself at its changing call number `at`. Resolves with the exit code. */
export async function runKilled(
  access: Place,
  command: SetupCommand,
  prefix: string,
  changes: Changes,
  at: number,
  when: 'before' | 'after',
): Promise<number> {
  const program = new Program([command, JSON.stringify(setupConfig(access, prefix, changes)), String(at), when], {
    cwd: process.cwd(),
    env: { ...process.env, ...CREDENTIALS },
    command: { file: process.execPath, args: ['--no-warnings', CHILD] },
  });
  return await program.exited;
}

/** What the last line counts, for example `{ created: 16 }`. */
export function tally({ lines }: SetupRun): Readonly<Record<string, number>> {
  const counted = [...(lines.at(-1) ?? '').matchAll(/(\d+) ([a-z]+)/g)];
  return Object.fromEntries(counted.map(([, count, outcome]) => [outcome, Number(count)]));
}

/** The calls that can have changed something. */
export function changing(calls: readonly AwsCall[]): string[] {
  return calls.filter(changesSomething).map(({ service, operation }) => `${service}.${operation}`);
}
