import type { Command } from './command.ts';
import { decodeBlob, decodeCalldata, decodeOutput, decodePie, decodeTx } from './commands/decode.ts';
import { dev } from './commands/dev.ts';
import { doctor } from './commands/doctor.ts';
import { explain } from './commands/explain.ts';
import { healthy } from './commands/healthy.ts';
import { jobsList } from './commands/jobs-list.ts';
import { jobsParked } from './commands/jobs-parked.ts';
import { jobsRetry } from './commands/jobs-retry.ts';
import { jobsShow } from './commands/jobs-show.ts';
import { record } from './commands/record.ts';
import { run } from './commands/run.ts';
import { setup } from './commands/setup.ts';
import { status } from './commands/status.ts';
import { teardown } from './commands/teardown.ts';

/** Every command, in the order of the help text. */
export const commands: readonly Command[] = [
  run,
  dev,
  setup,
  teardown,
  status,
  jobsList,
  jobsShow,
  jobsRetry,
  jobsParked,
  explain,
  doctor,
  healthy,
  record,
  decodeBlob,
  decodeOutput,
  decodeCalldata,
  decodeTx,
  decodePie,
];
