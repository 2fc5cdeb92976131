import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Instance } from '../../src/app/instance.ts';
import { systemClock, systemEntropy } from '../../src/clock/system-clock.ts';
import { EmbeddedDatabase } from '../../src/database/embedded/embedded-database.ts';
import { EmbeddedJobStore } from '../../src/database/embedded/embedded-job-store.ts';
import { EmbeddedLockStore } from '../../src/database/embedded/embedded-lock-store.ts';
import { EmbeddedParkedMessageStore } from '../../src/database/embedded/embedded-parked-message-store.ts';
import { engineSettings } from '../../src/jobs/engine-settings.ts';
import type { JobType } from '../../src/jobs/job.ts';
import { withoutDelivered } from '../../src/jobs/lifecycle.ts';
import { EmbeddedQueues } from '../../src/queues/embedded/embedded-queues.ts';
import { encodeJobMessage } from '../../src/queues/job-queues.ts';
import { silentLog } from '../../src/telemetry/log.ts';
import { finishedJobs } from '../finished-jobs.ts';
import { key, Workload } from './workload.ts';

export interface PipelineResult {
  readonly blocksPerSecond: number;
  readonly cpuSecondsPer1000Jobs: number;
  readonly handOverMs: { readonly p50: number; readonly p99: number };
  readonly rssMiB: number;
  readonly commitsPerJob: number;
  readonly writesPerJob: number;
}

const STAGES = ['SnosRun', 'ProofCreation', 'DataSubmission', 'StateTransition'] as const;
const CONCURRENCY = 64;

/** Runs `blocks` blocks through the real engine on the embedded store, beside `finished` finished jobs. */
export async function runPipeline(blocks: number, finished = 0): Promise<PipelineResult> {
  const directory = mkdtempSync(join(tmpdir(), 'bench-pipeline-'));
  const clock = systemClock;
  const entropy = systemEntropy;
  const database = EmbeddedDatabase.open({ directory, clock, entropy });
  const queues = new EmbeddedQueues(database);
  const store = new EmbeddedJobStore(database, {
    queues,
    message: (job, wake) => encodeJobMessage(job.id, wake.sequence, wake.phase, '0.1.0', 0),
    withoutDelivered,
  });
  const first = finished / STAGES.length;
  for (let block = 0; block < first; block += 500)
    await store.insert(finishedJobs(block, Math.min(first, block + 500)));
  const workload = new Workload();
  let settled: () => void = () => undefined;
  const done = new Promise<void>((resolve) => {
    settled = resolve;
  });
  const instance = new Instance({
    store,
    locks: new EmbeddedLockStore(database),
    parked: new EmbeddedParkedMessageStore(database),
    queues,
    alerts: { send: (alert) => Promise.reject(new Error(alert.text)) },
    scheduler: { start: () => Promise.resolve(), stop: () => Promise.resolve() },
    handlers: workload.handlers,
    chain: { head: () => Promise.resolve(first + blocks - 1), position: () => Promise.resolve(first - 1) },
    clock,
    entropy,
    log: silentLog,
    engine: engineSettings({ instance: 'bench', version: '0.1.0', concurrency: () => CONCURRENCY }),
    planner: { bufferSize: blocks, minBlock: first, maxBlock: Number.MAX_SAFE_INTEGER },
    reconcileMs: 1_000,
    onProgress: (job) => {
      if (job.job_type === 'StateTransition' && job.status === 'Completed' && job.internal_id === first + blocks - 1)
        settled();
    },
  });
  const before = { cpu: process.cpuUsage(), ...database.stats() };
  const start = performance.now();
  await instance.start();
  await done;
  const seconds = (performance.now() - start) / 1000;
  const cpu = process.cpuUsage(before.cpu);
  const after = database.stats();
  const rssMiB = process.resourceUsage().maxRSS / 1024;
  await instance.stop(1_000);
  await queues.close();
  await database.close();
  rmSync(directory, { recursive: true });
  assertInOrder(workload.settled, first, blocks);
  const jobs = blocks * STAGES.length;
  const handOvers = measureHandOvers(workload, first, blocks);
  return {
    blocksPerSecond: blocks / seconds,
    cpuSecondsPer1000Jobs: (cpu.user + cpu.system) / 1e6 / (jobs / 1000),
    handOverMs: { p50: quantile(handOvers, 0.5), p99: quantile(handOvers, 0.99) },
    rssMiB,
    commitsPerJob: (after.commits - before.commits) / jobs,
    writesPerJob: (after.writes - before.writes) / jobs,
  };
}

/** From the end of a stage to the start of the next stage's handler; settlement also waits for the block before. */
function measureHandOvers(workload: Workload, first: number, blocks: number): number[] {
  const times: number[] = [];
  for (let block = first; block < first + blocks; block += 1) {
    for (let stage = 1; stage < STAGES.length; stage += 1) {
      const [from, to] = [STAGES[stage - 1], STAGES[stage]] as [JobType, JobType];
      const ready = workload.ended.get(key(from, block)) ?? Number.NaN;
      const previous = to === 'StateTransition' ? (workload.ended.get(key(to, block - 1)) ?? ready) : ready;
      times.push((workload.started.get(key(to, block)) ?? Number.NaN) - Math.max(ready, previous));
    }
  }
  return times.sort((a, b) => a - b);
}

function assertInOrder(settled: readonly number[], first: number, blocks: number): void {
  const expected = Array.from({ length: blocks }, (_, index) => first + index);
  if (JSON.stringify(settled) !== JSON.stringify(expected))
    throw new Error('blocks were not settled once and in order');
}

export function quantile(sorted: readonly number[], q: number): number {
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * q))] ?? Number.NaN;
}
