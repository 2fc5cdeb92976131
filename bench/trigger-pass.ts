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

const few = await measure(FEW);
const many = await measure(MANY);
process.stdout.write('pass                          median ms beside 200   beside 200,000   ratio\n');
for (const [name, ms] of few) {
  const other = many.get(name) ?? Number.NaN;
  const cells = [ms.toFixed(3).padStart(20), other.toFixed(3).padStart(17), (other / ms).toFixed(2).padStart(8)];
  process.stdout.write(`${name.padEnd(30)}${cells.join('')}\n`);
}

/** Median milliseconds by pass. */
async function measure(finished: number): Promise<Map<string, number>> {
  const directory = mkdtempSync(join(tmpdir(), 'bench-trigger-'));
  const database = EmbeddedDatabase.open({ directory, clock, entropy });
  try {
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
    const passes: Record<string, () => Promise<unknown>> = {
      Snos: () => planner.planBlocks(),
      'Proving, DataSubmission': () => planner.planSuccessors(),
      UpdateState: async () => [await planner.watchReorgs(), await planner.planSettlement()],
      reconciler: () => store.due(clock.now(), 100),
    };
    const medians = new Map<string, number>();
    for (const [name, pass] of Object.entries(passes)) medians.set(`${name}, idle`, await median(pass));
    const created = Array.from({ length: BUFFER }, (_, index) => {
      const job = newSnosJob({ first: blocks + index, last: blocks + index }, entropy.uuid());
      return createJob(job, clock.now(), '0.1.0', defaultPolicies().SnosRun);
    });
    await store.insert(created);
    for (const [name, pass] of Object.entries(passes)) medians.set(`${name}, ${BUFFER} under way`, await median(pass));
    return medians;
  } finally {
    await database.close();
    rmSync(directory, { recursive: true });
  }
}

async function median(pass: () => Promise<unknown>): Promise<number> {
  const times: number[] = [];
  for (let sample = 0; sample < samples; sample += 1) {
    const start = performance.now();
    await pass();
    times.push(performance.now() - start);
  }
  return times.sort((a, b) => a - b)[Math.floor(samples / 2)] ?? Number.NaN;
}
