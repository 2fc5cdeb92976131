import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { MemoryAlertSink } from '../../src/alerts/memory-alert-sink.ts';
import { openEmbedded } from '../../src/app/embedded-infrastructure.ts';
import type { Infrastructure } from '../../src/app/infrastructure.ts';
import { Instance, type InstanceDependencies } from '../../src/app/instance.ts';
import type { Entropy } from '../../src/clock/clock.ts';
import { systemClock } from '../../src/clock/system-clock.ts';
import { DATABASE_FILE_NAME } from '../../src/database/embedded/embedded-database.ts';
import type { JobStore } from '../../src/database/job-store.ts';
import { MemoryJobStore } from '../../src/database/memory/memory-job-store.ts';
import { MemoryLockStore } from '../../src/database/memory/memory-lock-store.ts';
import { MemoryParkedMessageStore } from '../../src/database/memory/memory-parked-message-store.ts';
import { type EngineSettings, engineSettings } from '../../src/jobs/engine-settings.ts';
import type { Job, JobStatus, JobType } from '../../src/jobs/job.ts';
import { MemoryQueues } from '../../src/queues/memory/memory-queues.ts';
import { InProcessScheduler } from '../../src/scheduling/in-process/in-process-scheduler.ts';
import { silentLog } from '../../src/telemetry/log.ts';
import { VirtualClock } from '../virtual-clock.ts';
import type { FakeContract } from './fake-contract.ts';
import type { Stages } from './stages.ts';

export interface InstanceOptions {
  readonly engine?: Partial<EngineSettings>;
  readonly bufferSize?: number;
  readonly minBlock?: number;
  readonly maxBlock?: number;
  readonly reconcileMs?: number;
  /** Milliseconds between trigger words; none are sent without it. */
  readonly cronMs?: number;
  readonly replace?: Partial<InstanceDependencies>;
}

/** Random numbers that are the same in every run of a test. */
export function seededEntropy(seed: number): Entropy {
  let state = seed >>> 0;
  return {
    // mulberry32
    random: () => {
      state = (state + 0x6d2b79f5) >>> 0;
      let mixed = Math.imul(state ^ (state >>> 15), state | 1);
      mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
      return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
    },
    uuid: () => randomUUID(),
  };
}

type Surroundings = Pick<InstanceDependencies, 'store' | 'locks' | 'parked' | 'queues' | 'alerts' | 'clock'>;

function compose(
  name: string,
  surroundings: Surroundings,
  contract: FakeContract,
  stages: Stages,
  {
    engine,
    bufferSize = 50,
    minBlock = 0,
    maxBlock = Number.MAX_SAFE_INTEGER,
    reconcileMs = 1_000,
    cronMs,
    replace,
  }: InstanceOptions,
): Instance {
  const { clock } = surroundings;
  const queues = replace?.queues ?? surroundings.queues;
  return new Instance({
    ...surroundings,
    scheduler:
      cronMs === undefined
        ? { start: () => Promise.resolve(), stop: () => Promise.resolve() }
        : new InProcessScheduler({ queues, clock, log: silentLog, intervalOf: () => cronMs }),
    handlers: stages.handlers(name),
    chain: contract,
    entropy: seededEntropy(name.length * 7919 + (name.codePointAt(0) ?? 0)),
    log: silentLog,
    engine: engineSettings({ instance: name, version: '0.1.0', ...engine }),
    planner: { bufferSize, minBlock, maxBlock },
    reconcileMs,
    ...replace,
  });
}

/** Instances over in-memory ports in virtual time. Nothing is co-located: every message goes through the outbox. */
export class VirtualInstances {
  readonly clock = new VirtualClock();
  readonly store = new MemoryJobStore();
  readonly queues = new MemoryQueues(this.clock);
  readonly locks = new MemoryLockStore(this.clock);
  readonly parked = new MemoryParkedMessageStore();
  readonly alerts = new MemoryAlertSink();

  instance(name: string, contract: FakeContract, stages: Stages, options: InstanceOptions = {}): Instance {
    return compose(name, this, contract, stages, options);
  }

  /** Lets time pass until the condition holds; fails when it does not within `limitMs` of virtual time. */
  async until(what: string, holds: () => boolean | Promise<boolean>, limitMs = 600_000): Promise<void> {
    const end = this.clock.now() + limitMs;
    await this.clock.advance(0);
    while (!(await holds())) {
      if (!(await this.clock.runNext(end))) throw new Error(`not within ${limitMs} ms of virtual time: ${what}`);
    }
  }

  /** Lets time pass until the promise is settled. */
  async during<T>(promise: Promise<T>): Promise<T> {
    let done = false;
    const settled = promise.finally(() => {
      done = true;
    });
    settled.catch(() => undefined);
    await this.until('the promise settles', () => done);
    return settled;
  }
}

/** Instances on one directory, each with a connection of its own as processes have, in real time. */
export class EmbeddedInstances {
  readonly directory = mkdtempSync(join(tmpdir(), 'engine-test-'));
  readonly alerts = new MemoryAlertSink();
  readonly #open: Infrastructure[] = [];
  readonly #instances: Instance[] = [];

  async open(): Promise<Infrastructure> {
    const infrastructure = await openEmbedded(
      this.directory,
      systemClock,
      seededEntropy(this.#open.length + 1),
      silentLog,
    );
    this.#open.push(infrastructure);
    return infrastructure;
  }

  async instance(
    name: string,
    contract: FakeContract,
    stages: Stages,
    options: InstanceOptions = {},
  ): Promise<Instance> {
    const { store, locks, parked, queues } = await this.open();
    const surroundings = { store, locks, parked, queues, alerts: this.alerts, clock: systemClock };
    const instance = compose(name, surroundings, contract, stages, options);
    this.#instances.push(instance);
    return instance;
  }

  /** Runs statements on the file behind the backs of all instances. */
  sql(statements: string): void {
    const database = new DatabaseSync(join(this.directory, DATABASE_FILE_NAME), { timeout: 10_000 });
    try {
      database.exec(statements);
    } finally {
      database.close();
    }
  }

  async until(what: string, holds: () => boolean | Promise<boolean>, limitMs = 20_000): Promise<void> {
    const end = systemClock.now() + limitMs;
    while (!(await holds())) {
      if (systemClock.now() > end) throw new Error(`not within ${limitMs} ms: ${what}`);
      await systemClock.sleep(10);
    }
  }

  async close(): Promise<void> {
    await Promise.all(this.#instances.map((instance) => instance.stop(0)));
    for (const infrastructure of this.#open) await infrastructure.close();
    rmSync(this.directory, { recursive: true, force: true });
  }
}

/** The job of a type and block; fails when there is none. */
export async function jobOf(store: JobStore, type: JobType, block: number): Promise<Job> {
  const job = await store.find(type, block);
  if (job === undefined) throw new Error(`no ${type} job of block ${block}`);
  return job;
}

export async function blocksOf(store: JobStore, type: JobType, status?: JobStatus): Promise<number[]> {
  const jobs = await store.list({ types: [type], ...(status && { statuses: [status] }), limit: 100_000 });
  return jobs.map((job) => job.internal_id);
}

/** How often each event is in the job's history. */
export function eventsOf(job: Job): Record<string, number> {
  const events: Record<string, number> = {};
  for (const { event } of job.history) events[event] = (events[event] ?? 0) + 1;
  return events;
}

export function range(first: number, last: number): number[] {
  return Array.from({ length: last - first + 1 }, (_, index) => first + index);
}
