/**
 * Stands between this program and one child process, so that the child cannot outlive us whatever ends us.
 *
 * Run as `node watchdog <grace ms> <command> [args...]` by `spawnGuarded`. Its standard input is a lifeline: the parent
 * never writes to it, and the kernel closes it when the parent is gone, `kill -9` included. Watchdog and command live in
 * process groups of their own: a signal to the parent's group (Ctrl-C, `kill -9 -<group>`) reaches only the parent,
 * which may then finish its work in order while the command is still there, and the lifeline does the rest.
 *
 * Says `{ pid }` or `{ error }` over the IPC channel once, and ends with the command's exit code (128 + n for signal n).
 */
import { spawn } from 'node:child_process';
import { constants } from 'node:os';
import { signalGroup } from './process-group.ts';

const [graceText, command, ...args] = process.argv.slice(2);
if (graceText === undefined || command === undefined) throw new Error('usage: watchdog <grace ms> <command> [args...]');
const graceMs = Number(graceText);

// A broken pipe means that the parent is gone; the lifeline says the same and is handled below.
for (const stream of [process.stdin, process.stdout, process.stderr]) stream.on('error', () => undefined);

const child = spawn(command, args, {
  stdio: ['ignore', 'inherit', 'inherit'],
  detached: process.platform !== 'win32',
  windowsHide: true,
});

let ending = false;

/** Asks the command to end, and kills its whole group when it has not done so within the grace time. */
function end(): void {
  if (ending || child.pid === undefined) return;
  ending = true;
  const { pid } = child;
  signalGroup(pid, 'SIGTERM');
  setTimeout(() => signalGroup(pid, 'SIGKILL'), graceMs);
}

child.once('error', (error) => {
  const leave = (): never => process.exit(127);
  if (process.connected) process.send?.({ error: error.message }, undefined, undefined, leave);
  else leave();
});
child.once('spawn', () => {
  if (process.connected) process.send?.({ pid: child.pid }, undefined, undefined, () => process.disconnect());
});
child.once('exit', (code, signal) => {
  // What the command itself started goes with it.
  if (child.pid !== undefined) signalGroup(child.pid, 'SIGKILL');
  process.exit(code ?? 128 + (signal === null ? 0 : constants.signals[signal]));
});

process.stdin.once('close', end);
process.stdin.resume();
process.on('SIGTERM', end);
process.on('SIGINT', end);
process.on('SIGHUP', end);
// The channel can break while the message is on its way, again because the parent is gone.
process.on('disconnect', () => undefined);
