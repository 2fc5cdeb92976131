/** What a command has of the world around it. */
export interface ProgramIo {
  /** Writes one line to standard output. */
  print(line: string): void;
  /** Standard output is a terminal: live views make sense. */
  readonly terminal: boolean;
  /** Replaces the last `lines` lines of the terminal. Only with `terminal`. */
  redraw(lines: readonly string[]): void;
  /** Fires at the first SIGINT or SIGTERM. */
  readonly stop: AbortSignal;
}
