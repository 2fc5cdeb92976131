import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { systemClock, systemEntropy } from '../../src/clock/system-clock.ts';
import { EmbeddedDatabase } from '../../src/database/embedded/embedded-database.ts';
import { EmbeddedJobStore } from '../../src/database/embedded/embedded-job-store.ts';
import { EmbeddedQueues } from '../../src/queues/embedded/embedded-queues.ts';
import { sampleJob } from '../conformance/sample-jobs.ts';

interface Line {
  readonly ready?: string;
  readonly sent?: string;
  readonly received?: string;
  readonly done?: string;
}

class StoreProcess {
  readonly lines: Line[] = [];
  readonly #child: ChildProcess;
  readonly #exit: Promise<unknown>;

  constructor(directory: string, role: 'counter' | 'sender' | 'receiver', name: string, amount: number) {
    const worker = join(import.meta.dirname, 'store-worker.ts');
    this.#child = spawn(process.execPath, ['--no-warnings', worker, directory, role, name, String(amount)], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const output = this.#child.stdout;
    if (output === null) throw new Error('no output');
    const reader = createInterface(output).on('line', (line) => {
      this.lines.push(JSON.parse(line) as Line);
      reader.emit('said');
    });
    this.#exit = Promise.all([once(this.#child, 'exit'), once(reader, 'close')]);
    this.saidLines = async (count) => {
      while (this.lines.length < count) await once(reader, 'said');
    };
  }

  /** Resolves once so many lines have been said. */
  readonly saidLines: (count: number) => Promise<void>;

  /** The exit code; null after a kill. */
  async end(): Promise<number | null> {
    await this.#exit;
    return this.#child.exitCode;
  }

  async kill(): Promise<void> {
    this.#child.kill('SIGKILL');
    await this.#exit;
  }

  get sent(): string[] {
    return this.lines.flatMap(({ sent }) => sent ?? []);
  }

  get received(): string[] {
    return this.lines.flatMap(({ received }) => received ?? []);
  }
}

describe('several processes on one data directory', () => {
  let directory: string;
  let processes: StoreProcess[] = [];

  const start = (...given: [role: 'counter' | 'sender' | 'receiver', name: string, amount: number]): StoreProcess => {
    const started = new StoreProcess(directory, ...given);
    processes.push(started);
    return started;
  };
  const open = (): EmbeddedDatabase => EmbeddedDatabase.open({ directory, clock: systemClock, entropy: systemEntropy });
  const print = (): void => {
    for (const { lines } of processes) if (lines.at(-1)?.done) console.log(JSON.stringify(lines.at(-1)));
  };

  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'shared-'));
    processes = [];
  });
  afterEach(async () => {
    await Promise.all(processes.map((one) => one.kill()));
    await rm(directory, { recursive: true });
  });

  it('loses no compare-and-set', async () => {
    const database = open();
    const store = new EmbeddedJobStore(database);
    const jobs = [1, 2, 3, 4].map((block) => sampleJob('SnosRun', block));
    await store.insert(jobs);
    const counters = ['a', 'b', 'c'].map((name) => start('counter', name, 50));
    expect(await Promise.all(counters.map((one) => one.end()))).toEqual([0, 0, 0]);
    for (const { id } of jobs) {
      const job = await store.get(id);
      expect(job?.version).toBe(150);
      expect([...(job?.external_id ?? '')].sort().join('')).toBe('a'.repeat(50) + 'b'.repeat(50) + 'c'.repeat(50));
    }
    await database.close();
    print();
  });

  it('delivers every message once while its visibility holds', async () => {
    const senders = ['a', 'b'].map((name) => start('sender', name, 100));
    const receivers = ['r', 's'].map((name) => start('receiver', name, 3_000));
    expect(await Promise.all([...senders, ...receivers].map((one) => one.end()))).toEqual([0, 0, 0, 0]);
    const received = receivers.flatMap((one) => one.received);
    expect(received.sort()).toEqual(senders.flatMap((one) => one.sent).sort());
    expect(received).toHaveLength(200);
    print();
  });

  it('keeps what was answered when a process is killed in the middle of writing', async () => {
    const victim = start('sender', 'v', 1_000_000);
    const survivor = start('sender', 's', 150);
    await victim.saidLines(100);
    await victim.kill();
    expect(await survivor.end()).toBe(0);
    const database = open();
    database.assertSound();
    const queue = new EmbeddedQueues(database).queue('snos_job_processing');
    const kept: string[] = [];
    for (;;) {
      const messages = await queue.receive({ max: 1_000, visibilityMs: 60_000, waitMs: 0 });
      if (messages.length === 0) break;
      kept.push(...messages.map(({ body }) => body));
    }
    const promised = [...victim.sent, ...survivor.sent];
    expect(promised.filter((body) => !kept.includes(body))).toEqual([]);
    expect(new Set(kept).size).toBe(kept.length);
    // At most the message that was being written when the process died is there without having been answered.
    expect(kept.length - promised.length).toBeLessThanOrEqual(1);
    await database.close();
  });

  it('opens an empty directory from many processes at once', async () => {
    const senders = ['a', 'b', 'c', 'd'].map((name) => start('sender', name, 1));
    expect(await Promise.all(senders.map((one) => one.end()))).toEqual([0, 0, 0, 0]);
    const database = open();
    expect((await new EmbeddedQueues(database).queue('snos_job_processing').depth()).ready).toBe(4);
    await database.close();
  });
});
