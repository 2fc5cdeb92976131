import { describe, expect, it } from '@jest/globals';
import { parseCommandLine } from '../../src/cli/command-line.ts';
import { status } from '../../src/cli/commands/status.ts';
import { valuesOf } from '../../src/cli/values-of.ts';
import { inspectSettings } from '../../src/config/settings/command-settings.ts';

async function debugOf(...args: string[]): Promise<boolean> {
  const parsed = await parseCommandLine(['status', ...args], [status]);
  if (parsed.kind !== 'command') throw new Error('no command');
  const io = { terminal: false, stop: new AbortController().signal, print: () => undefined, redraw: () => undefined };
  return valuesOf(inspectSettings, { ...parsed, env: {}, io, guard: () => undefined }).debug;
}

describe('a switch on the command line', () => {
  it.each<[string[], boolean]>([
    [[], false],
    [['--debug'], true],
    [['--debug=true'], true],
    [['--debug=1'], true],
    [['--debug', 'true'], true],
    [['--debug=false'], false],
    [['--debug=0'], false],
    [['--debug', 'false'], false],
    [['--no-debug'], false],
    [['--debug=false', '--debug'], true],
    [['--debug=true', '--no-debug'], false],
    [['--debug', '--debug=false'], false],
  ])('%j', async (args, on) => {
    expect(await debugOf(...args)).toBe(on);
  });

  it('takes the same texts as a variable, and no others', async () => {
    await expect(debugOf('--debug=maybe')).rejects.toThrow('--debug is "maybe": it must be true or false.');
    await expect(debugOf('--debug=true', '--debug=maybe')).rejects.toThrow('"maybe"');
  });
});
