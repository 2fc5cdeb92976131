import { spawnGuarded } from '../../src/devnet/child-process/spawn-guarded.ts';

export interface CommandResult {
  readonly code: number;
  /** Standard output and error as they came. */
  readonly output: string;
}

/** Runs a command to its end; it ends with us if we end first. A command that does not exist has code 127. */
export async function runCommand(command: string, args: readonly string[]): Promise<CommandResult> {
  let child: Awaited<ReturnType<typeof spawnGuarded>>;
  try {
    child = await spawnGuarded(command, args, { output: 'pipe' });
  } catch (error) {
    return { code: 127, output: error instanceof Error ? error.message : String(error) };
  }
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream?.setEncoding('utf8').on('data', (text: string) => {
      output += text;
    });
  }
  const code = await child.exited;
  return { code, output };
}

/** @throws Error with the end of the command's output when it fails. */
export async function mustRun(command: string, args: readonly string[]): Promise<string> {
  const { code, output } = await runCommand(command, args);
  if (code !== 0) {
    throw new Error(`${[command, ...args].join(' ')} failed with code ${code}:\n${output.slice(-4_000)}`);
  }
  return output;
}
