#!/usr/bin/env node
// Starts the program with a Node that can run it. Plain syntax on purpose: this file must load on any old Node.
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import module, { createRequire } from 'node:module';
import { constants } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const NEEDED_MAJOR = 24;
const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT'];
/** Set by a launcher for the Node that it starts: the child ends when this pipe to its launcher closes. */
const PARENT_PIPE_VARIABLE = 'ORCHESTRATOR_PARENT_PIPE';
const PARENT_PIPE_FD = 3;

const root = join(dirname(fileURLToPath(import.meta.url)), '..');

if (majorOf(process.versions.node) >= NEEDED_MAJOR) {
  await endWithParent();
  await runProgram();
} else {
  const node = bundledNode();
  if (node === undefined) {
    console.error(
      `orchestrator needs Node ${NEEDED_MAJOR} or newer; this is Node ${process.versions.node}.\n` +
        `Run "npm ci" in ${root} (it brings Node ${NEEDED_MAJOR} for most platforms), or install Node ${NEEDED_MAJOR}.`,
    );
    process.exitCode = 2;
  } else {
    restartWith(node);
  }
}

function majorOf(version) {
  return Number.parseInt(version, 10);
}

/** The sources in a checkout, where a build may be stale (Node strips their types); the build in a package. */
async function runProgram() {
  const source = join(root, 'src', 'cli', 'main.ts');
  const program = existsSync(source) ? source : join(root, 'dist', 'cli', 'main.js');
  silenceExperimentalWarnings();
  // Compiled modules are kept in the system's temporary folder: a command starts in half the time.
  module.enableCompileCache();
  const { main } = await import(pathToFileURL(program).href);
  process.exitCode = await main(process.argv.slice(2));
}

/** `node:sqlite` and type stripping warn on standard error; users can do nothing about it. */
function silenceExperimentalWarnings() {
  const emit = process.emitWarning;
  process.emitWarning = (warning, ...rest) => {
    const type = typeof rest[0] === 'string' ? rest[0] : rest[0]?.type;
    if (type === 'ExperimentalWarning' || warning?.name === 'ExperimentalWarning') return;
    Reflect.apply(emit, process, [warning, ...rest]);
  };
}

/** The Node binary that npm installed beside the program; undefined when there is none that works here. */
function bundledNode() {
  const require = createRequire(import.meta.url);
  const system = process.platform === 'win32' ? 'win' : process.platform;
  const file = process.platform === 'win32' ? 'node.exe' : 'node';
  for (const name of [`node-${system}-${process.arch}`, `node-bin-${system}-${process.arch}`]) {
    try {
      const manifest = require.resolve(`${name}/package.json`);
      const binary = join(dirname(manifest), 'bin', file);
      if (majorOf(require(`${name}/package.json`).version) >= NEEDED_MAJOR && existsSync(binary)) return binary;
    } catch {
      // Not installed on this platform: the next name, or the message above.
    }
  }
  return undefined;
}

function restartWith(node) {
  const env = { ...process.env, [PARENT_PIPE_VARIABLE]: String(PARENT_PIPE_FD) };
  const child = spawn(node, [fileURLToPath(import.meta.url), ...process.argv.slice(2)], {
    env,
    stdio: ['inherit', 'inherit', 'inherit', 'pipe'],
  });
  // A terminal's Ctrl-C reaches the child directly as well: the program counts signals that come at once as one.
  for (const signal of SIGNALS) process.on(signal, () => child.kill(signal));
  child.on('error', (error) => {
    console.error(`could not start ${node}: ${error.message}`);
    process.exit(1);
  });
  child.on('exit', (code, signal) => {
    process.exit(code ?? 128 + (constants.signals[signal] ?? 0));
  });
}

/** A launcher that is killed cannot pass the signal on: its end of the pipe closes then, and this process ends too. */
async function endWithParent() {
  if (process.env[PARENT_PIPE_VARIABLE] === undefined) return;
  delete process.env[PARENT_PIPE_VARIABLE];
  const { Socket } = await import('node:net');
  const pipe = new Socket({ fd: PARENT_PIPE_FD, readable: true, writable: false });
  pipe.on('error', () => undefined);
  pipe.on('close', () => process.kill(process.pid, 'SIGKILL'));
  pipe.resume();
  pipe.unref();
}
