import { existsSync } from 'node:fs';
import { parseCommandLine } from './command-line.ts';
import { commands } from './commands.ts';
import { loadEnvFile } from './env-file.ts';
import { describeFailure } from './fail.ts';
import { processIo } from './process-io.ts';

/** Runs one command line and resolves with the exit code. Standard error tells what went wrong, if anything did. */
export async function main(args: readonly string[]): Promise<number> {
  const secrets: string[] = [];
  try {
    if (existsSync('.env')) loadEnvFile('.env');
    const parsed = await parseCommandLine(args, commands);
    if (parsed.kind === 'text') {
      process.stdout.write(`${parsed.text}\n`);
      return 0;
    }
    const { command, flags, positionals, lists } = parsed;
    const guard = (more: readonly string[]) => void secrets.push(...more);
    return await command.run({ flags, positionals, lists, env: process.env, io: processIo(), guard });
  } catch (error) {
    const { text, exitCode } = describeFailure(error, { debug: args.includes('--debug'), secrets });
    process.stderr.write(`${text}\n`);
    return exitCode;
  }
}
