import type { ProgramIo } from '../app/program-io.ts';
import { stopSignal } from './stop-signal.ts';

const CLEAR_LINE = '\u001b[2K';

/** The world of a command that runs in this process: standard output and the signals. */
export function processIo(): ProgramIo {
  const { stdout } = process;
  // A reader that closes the pipe early (`| head`) ends the output, not the program.
  stdout.on('error', () => undefined);
  let drawn = 0;
  return {
    terminal: stdout.isTTY === true,
    stop: stopSignal(),
    print: (line) => {
      drawn = 0;
      stdout.write(`${line}\n`);
    },
    redraw: (lines) => {
      const up = drawn === 0 ? '' : `\u001b[${drawn}A`;
      const rest = Math.max(0, drawn - lines.length);
      const blanks = `${CLEAR_LINE}\n`.repeat(rest);
      const back = rest === 0 ? '' : `\u001b[${rest}A`;
      stdout.write(`${up}${lines.map((line) => `\r${CLEAR_LINE}${line}\n`).join('')}${blanks}${back}`);
      drawn = lines.length;
    },
  };
}
