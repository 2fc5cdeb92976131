import { loadEnvFile } from '../config/env-file.ts';
import { parseCommandLine } from './command-line.ts';
import { commands } from './commands.ts';
import { describeFailure } from './fail.ts';
import { processIo } from './process-io.ts';

/** Runs one command line and resolves with the exit code. Standard error tells what went wrong, if anything did. */
export async function main(args: readonly string[]): Promise<number> {
  const secrets: string[] = [];
  try {
    loadEnvFile();
    const parsed = await parseCommandLine(args, commands);
    if (parsed.kind === 'text') {
      process.stdout.write(`${parsed.text}\n`);
      return 0;
    }
    const { command, flags, positionals, lists } = parsed;
    const guard = (more: readonly string[]) => void secrets.push(...more);
    return await command.run({ flags, positionals, lists, env: process.env, io: processIo(), guard });
  } catch (error) {
    const { text, exitCode } = describeFailure(error, { debug: asksForStacks(args), secrets });
    process.stderr.write(`${text}\n`);
    return exitCode;
  }
}

/** Read from the words themselves: the command line may be what failed. */
function asksForStacks(args: readonly string[]): boolean {
  return args.includes('--debug') || args.includes('--debug=true');
}
