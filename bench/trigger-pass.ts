/**
 * `node bench/trigger-pass.ts [SAMPLES]`: what one pass of each trigger and of the reconciler costs on the embedded store
 * beside 200 and beside 200,000 finished jobs, with nothing on its way and with a full buffer on its way.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemClock, systemEntropy } from '../src/clock/system-clock.ts';
import { EmbeddedDatabase } from '../src/database/embedded/embedded-database.ts';
import { EmbeddedJobStore } from '../src/database/embedded/embedded-job-store.ts';
import { createJob } from '../src/jobs/create-job.ts';
import { defaultPolicies } from '../src/jobs/job-policy.ts';
import { newSnosJob } from '../src/jobs/new-jobs.ts';
import { Planner } from '../src/jobs/planner.ts';
import { singleBlocks } from '../src/jobs/range-planner.ts';
import { silentLog } from '../src/telemetry/log.ts';
import { finishedJobs } from './finished-jobs.ts';

const FEW = 200;
const MANY = 200_000;
const STAGES = 4;
const BUFFER = 50;
const BATCH = 500;

const samples = Number(process.argv[2] ?? 300);
const clock = systemClock;
const entropy = systemEntropy;

const few = await openSide(FEW);
const many = await openSide(MANY);
try {
  process.stdout.write('pass                                  median ms beside 200   beside 200,000   ratio\n');
  await compare('idle');
  await few.fill();
  await many.fill();
  await compare(`${BUFFER} under way`);
} finally {
  await few.close();
  await many.close();
}

/** A store beside some finished jobs, and the passes over it by name. */
interface Side {
  readonly passes: Readonly<Record<string, () => Promise<unknown>>>;
  /** Puts a full buffer of blocks on their way. */
  fill(): Promise<void>;
  close(): Promise<void>;
}

/** Prints each pass's medians: samples of both sides take turns, so that a change of the machine's speed meets both alike. */
async function compare(state: string): Promise<void> {
  for (const name of Object.keys(few.passes)) {
    const times: Record<'few' | 'many', number[]> = { few: [], many: [] };
    for (let sample = 0; sample < samples; sample += 1) {
      times.few.push(await timed(few.passes[name]));
      times.many.push(await timed(many.passes[name]));
    }
    const [ms, other] = [median(times.few), median(times.many)];
    const cells = [ms.toFixed(3).padStart(20), other.toFixed(3).padStart(17), (other / ms).toFixed(2).padStart(8)];
    process.stdout.write(`${`${name}, ${state}`.padEnd(38)}${cells.join('')}\n`);
  }
}

async function openSide(finished: number): Promise<Side> {
  const directory = mkdtempSync(join(tmpdir(), 'bench-trigger-'));
  const database = EmbeddedDatabase.open({ directory, clock, entropy });
  const store = new EmbeddedJobStore(database);
  const blocks = finished / STAGES;
  for (let block = 0; block < blocks; block += BATCH)
    await store.insert(finishedJobs(block, Math.min(blocks, block + BATCH)));
  const planner = new Planner({
    store,
    create: (jobs) => Promise.resolve(jobs.length),
    apply: () => Promise.resolve(false),
    chain: { head: async () => blocks - 1, position: async () => blocks - 1 },
    ranges: singleBlocks,
    entropy,
    log: silentLog,
    settings: { bufferSize: BUFFER, minBlock: 0, maxBlock: Number.MAX_SAFE_INTEGER },
  });
  return {
    passes: {
      Snos: () => planner.planBlocks(),
      'Proving, DataSubmission': () => planner.planSuccessors(),
      UpdateState: async () => [await planner.watchReorgs(), await planner.planSettlement()],
      reconciler: () => store.due(clock.now(), 100),
    },
    fill: async () => {
      const created = Array.from({ length: BUFFER }, (_, index) => {
        const job = newSnosJob({ first: blocks + index, last: blocks + index }, entropy.uuid());
        return createJob(job, clock.now(), '0.1.0', defaultPolicies().SnosRun);
      });
      await store.insert(created);
    },
    close: async () => {
      await database.close();
      rmSync(directory, { recursive: true });
    },
  };
}

async function timed(pass: (() => Promise<unknown>) | undefined): Promise<number> {
  const start = performance.now();
  await pass?.();
  return performance.now() - start;
}

function median(times: readonly number[]): number {
  return times.toSorted((a, b) => a - b)[Math.floor(times.length / 2)] ?? Number.NaN;
}
