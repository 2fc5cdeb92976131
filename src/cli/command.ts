import type { ProgramIo } from '../app/program-io.ts';
import type { Environment, FlagValues } from '../config/read-settings.ts';
import type { SettingTable } from '../config/setting.ts';

/** One command: what it is called, what it takes, what it calls. */
export interface Command {
  /** As yargs writes it, for example `explain <block>`. */
  readonly usage: string;
  readonly description: string;
  readonly settings: SettingTable;
  /** Names and meanings of the arguments in `usage`. */
  readonly positionals?: Readonly<Record<string, string>>;
  readonly examples?: readonly (readonly [string, string])[];
  /** Resolves with the exit code. */
  run(call: CommandCall): Promise<number>;
}

export interface CommandCall {
  readonly flags: FlagValues;
  readonly positionals: Readonly<Record<string, string>>;
  /** Values of arguments that can be repeated, as `<files..>` can. */
  readonly lists: Readonly<Record<string, readonly string[]>>;
  readonly env: Environment;
  readonly io: ProgramIo;
  /** Told of texts that must never be shown, as soon as they are known. */
  readonly guard: (secrets: readonly string[]) => void;
}
