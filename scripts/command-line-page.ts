import { parseCommandLine } from '../src/cli/command-line.ts';
import { commands } from '../src/cli/commands.ts';

/** The text of `docs/command-line.md`: the help of every command, as the program prints it. */
export async function commandLinePage(): Promise<string> {
  const lines = ['# Command line', '', 'Written by `npm run docs`; do not edit.', '', ...(await help([]))];
  for (const { usage } of commands) {
    const words = usage.split(' ').filter((word) => !word.startsWith('<'));
    lines.push(`## ${words.join(' ')}`, '', ...(await help(words)));
  }
  lines.push(
    '## Exit codes',
    '',
    '| code | meaning |',
    '|---|---|',
    '| 0 | done; for `run` also: asked to stop, and drained |',
    '| 1 | something failed that is not for you to put right; for `doctor`: a check failed; for `healthy`: it is not |',
    '| 2 | settings, nodes, keys or files are not as they must be; the message says which and what to do |',
    '| 130 | ended at once by a second Ctrl-C |',
    '',
  );
  return lines.join('\n');
}

async function help(words: readonly string[]): Promise<string[]> {
  const parsed = await parseCommandLine([...words, '--help'], commands);
  if (parsed.kind !== 'text') throw new Error(`no help for ${words.join(' ')}`);
  return ['```text', ...parsed.text.split('\n').map((line) => line.trimEnd()), '```', ''];
}
