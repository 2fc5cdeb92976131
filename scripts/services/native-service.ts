import { createWriteStream, readFileSync } from 'node:fs';
import { finished } from 'node:stream/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { type GuardedOptions, spawnGuarded } from '../../src/devnet/child-process/spawn-guarded.ts';

const POLL_MS = 100;
const READY_LIMIT_MS = 120_000;

/** A server process of ours on 127.0.0.1. It ends when we end, whatever ends us. */
export interface NativeService {
  /** Of the server itself; it leads a process group of its own. */
  readonly pid: number;
  readonly port: number;
  /** Signals the server and what it started. False when it is gone. */
  signal(name: NodeJS.Signals): boolean;
  /** Ends it, also when it is frozen; resolves when it is gone and its log is written. */
  stop(): Promise<void>;
}

export interface NativeCommand {
  /** What it is called in errors. */
  readonly name: string;
  readonly command: string;
  readonly args: readonly string[];
  readonly env?: GuardedOptions['env'];
  /** What it gets to end by itself, milliseconds. */
  readonly graceMs: number;
  /** Takes all that it prints; appended to, so that the lines of a restarted server follow those before. */
  readonly logFile: string;
  /** The port once it accepts connections, undefined until then; `printed` is what it has printed since its start. */
  ready(printed: string): Promise<number | undefined>;
}

/** @throws Error with the end of its log when it ends, or is not ready within two minutes. */
export async function startNativeService(options: NativeCommand): Promise<NativeService> {
  const { name, command, args, env, graceMs, logFile } = options;
  const guarded = await spawnGuarded(command, args, {
    output: 'pipe',
    graceMs,
    ...(env === undefined ? {} : { env }),
  });
  const log = createWriteStream(logFile, { flags: 'a' });
  let printed = '';
  let open = 2;
  let isReady = false;
  for (const stream of [guarded.stdout, guarded.stderr]) {
    stream?.setEncoding('utf8').on('data', (text: string) => {
      if (!isReady) printed += text;
      log.write(text);
    });
    stream?.once('close', () => {
      open -= 1;
      if (open === 0) log.end();
    });
  }
  let ended: number | undefined;
  const gone = guarded.exited.then(async (code) => {
    ended = code;
    await finished(log);
  });

  const stop = async (): Promise<void> => {
    // A frozen process does not hear that it should end.
    guarded.signal('SIGCONT');
    await guarded.stop();
    await gone;
  };

  const limit = performance.now() + READY_LIMIT_MS;
  for (;;) {
    const port = await options.ready(printed);
    if (ended === undefined && port !== undefined) {
      isReady = true;
      return { pid: guarded.pid, port, signal: (signal) => guarded.signal(signal), stop };
    }
    if (ended !== undefined || performance.now() > limit) {
      const reason = ended === undefined ? 'is not ready after two minutes' : `ended with code ${ended}`;
      await stop();
      throw new Error(`${name} ${reason}:\n${readFileSync(logFile, 'utf8').slice(-4_000)}`);
    }
    await delay(POLL_MS);
  }
}
