import { runSetup, runTeardown } from '../../src/app/setup.ts';
import type { AwsCall } from '../../src/aws/call-counts.ts';
import { systemClock } from '../../src/clock/system-clock.ts';
import type { SetupConfig, TeardownConfig } from '../../src/provisioning/setup-config.ts';
import { changesSomething } from './provisioning-calls.ts';

/**
 * setup or teardown in a process of its own that dies, as by kill -9, at one of its changing calls. Prints what they print.
 *
 * Usage: node setup-child.ts setup|teardown CONFIG-AS-JSON [N before|after]
 */
const [command, json = '{}', at, when] = process.argv.slice(2);
const config = JSON.parse(json) as SetupConfig & TeardownConfig;
/** Milliseconds in which a request reaches the server, while its answer is still on the way. */
const ON_THE_WAY_MS = 15;

let changes = 0;
const onCall = (call: AwsCall): void => {
  if (!changesSomething(call)) return;
  changes += 1;
  if (changes !== Number(at)) return;
  if (when === 'before') process.kill(process.pid, 'SIGKILL');
  systemClock.after(ON_THE_WAY_MS, () => process.kill(process.pid, 'SIGKILL'));
};

const io = {
  print: (line: string) => console.log(line),
  terminal: false,
  redraw: () => undefined,
  stop: new AbortController().signal,
};
const observedConfig = { ...config, access: { ...config.access, onCall } };
process.exitCode = await (command === 'teardown' ? runTeardown(observedConfig, io) : runSetup(observedConfig, io));
