import { mkdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { ANVIL_ACCOUNTS } from '../../src/devnet/anvil.ts';
import type { CrashPoint, Side } from './call-recorder.ts';
import { type ChildEnd, runChild } from './child-run.ts';
import type { ProcessOrders } from './process-orders.ts';
import { findFaults } from './settled-once.ts';
import { LAST_BLOCK, type Lane, type Stage } from './stage.ts';

export interface Crash {
  readonly point: CrashPoint;
  readonly side: Side;
  /** No block comes until the next process has had time to look: what was sent is found in the pool. */
  readonly unmined?: boolean;
}

export interface CrashResult extends Crash {
  /** `missed`: the run was over before it came to the point. */
  readonly outcome: 'survived' | 'broken' | 'missed';
  readonly faults: readonly string[];
  /** End of the log of what broke. */
  readonly log: string;
}

const LIMIT_MS = 90_000;
/** Start of a process, an expired lease, and a few looks at the pool. */
const UNMINED_MS = 3_000;
const ATTEMPTS = 2;
/** Then something is wrong in general, and the rest would only take its time to say the same. */
const ENOUGH_BROKEN = 10;

export interface TracedPoint extends CrashPoint {
  /** Every traced run came to it; the others depend on how fast the machine is at the moment. */
  readonly steady: boolean;
}

/** The crash points of some runs without faults, each once. Fails when such a run does not settle everything. */
export async function traceRuns(stage: Stage, runs: number): Promise<TracedPoint[]> {
  const [lane] = stage.lanes;
  if (lane === undefined) throw new Error('a stage without lanes');
  const found = new Map<string, { point: CrashPoint; times: number }>();
  for (let index = 0; index < runs; index += 1) {
    await lane.reset();
    await withDataDir(stage, `trace-${index}`, async (dataDir) => {
      const traceFile = join(stage.folder, `trace-${index}.json`);
      const end = await run(stage, lane, dataDir, { traceFile });
      if (end.code !== 0) throw new Error(`the run without faults failed:\n${end.output}`);
      const faults = await findFaults(stage, lane, dataDir);
      if (faults.length > 0) throw new Error(`the run without faults is wrong: ${faults.join('; ')}`);
      for (const point of JSON.parse(await readFile(traceFile, 'utf8')) as CrashPoint[]) {
        const times = (found.get(point.id)?.times ?? 0) + 1;
        found.set(point.id, { point, times });
      }
    });
  }
  return [...found.values()].map(({ point, times }) => ({ ...point, steady: times === runs }));
}

/**
 * Kills a process at each point and has another one finish its work; as many at a time as the stage has lanes. Ends early
 * when ten are broken.
 */
export async function runCrashes(
  stage: Stage,
  crashes: readonly Crash[],
  onResult: (result: CrashResult) => void = () => undefined,
): Promise<CrashResult[]> {
  const left = crashes.map((crash, index) => ({ crash, index }));
  const results: CrashResult[] = [];
  await Promise.all(
    stage.lanes.map(async (lane) => {
      for (let next = left.shift(); next !== undefined; next = left.shift()) {
        const result = await runCrash(stage, lane, next.crash, next.index);
        results.push(result);
        if (results.filter(({ outcome }) => outcome === 'broken').length >= ENOUGH_BROKEN) left.length = 0;
        onResult(result);
      }
    }),
  );
  return results;
}

async function runCrash(stage: Stage, lane: Lane, crash: Crash, index: number): Promise<CrashResult> {
  const { point, side } = crash;
  for (let attempt = 1; attempt <= ATTEMPTS; attempt += 1) {
    const result = await withDataDir(stage, `point-${index}-${attempt}`, async (dataDir): Promise<CrashResult> => {
      const broken = (fault: string, end: ChildEnd): CrashResult => ({
        ...crash,
        outcome: 'broken',
        faults: [fault],
        log: end.output.slice(-6_000),
      });
      await lane.reset();
      const victim = await run(stage, lane, dataDir, { die: { point: point.id, side } });
      if (victim.code === 0) return { ...crash, outcome: 'missed', faults: [], log: '' };
      if (victim.signal !== 'SIGKILL' || victim.output.includes('killed after'))
        return broken('ended by itself', victim);
      const survivor = await survive(stage, lane, dataDir, crash.unmined === true);
      if (survivor.code !== 0)
        return broken(`the next process ended with ${survivor.code ?? survivor.signal}`, survivor);
      const faults = await findFaults(stage, lane, dataDir);
      return {
        ...crash,
        outcome: faults.length > 0 ? 'broken' : 'survived',
        faults,
        log: survivor.output.slice(-6_000),
      };
    });
    if (result.outcome !== 'missed') return result;
  }
  return { ...crash, outcome: 'missed', faults: [], log: '' };
}

/** Starts a process that has to bring everything to its end. */
async function survive(stage: Stage, lane: Lane, dataDir: string, unmined: boolean): Promise<ChildEnd> {
  if (!unmined) return run(stage, lane, dataDir, {});
  await lane.stopMining();
  const survivor = run(stage, lane, dataDir, {});
  try {
    await Promise.race([survivor, delay(UNMINED_MS)]);
  } finally {
    lane.resumeMining();
  }
  return survivor;
}

function run(
  stage: Stage,
  lane: Lane,
  dataDir: string,
  task: Pick<ProcessOrders, 'die' | 'traceFile'>,
): Promise<ChildEnd> {
  const [settler, registrar] = ANVIL_ACCOUNTS;
  const orders: ProcessOrders = {
    dataDir,
    starknetUrl: stage.starknet.url,
    ethereumUrl: lane.anvil.url,
    core: lane.core,
    registry: lane.registry,
    settlementKey: settler.privateKey,
    registrarKey: registrar.privateKey,
    lastBlock: LAST_BLOCK,
    kzgDir: join(stage.folder, 'kzg'),
    ...task,
  };
  return runChild(orders, join(stage.folder, 'compiled'), LIMIT_MS);
}

async function withDataDir<T>(stage: Stage, name: string, work: (dataDir: string) => Promise<T>): Promise<T> {
  const dataDir = join(stage.folder, name);
  await mkdir(dataDir, { recursive: true });
  try {
    return await work(dataDir);
  } finally {
    await rm(dataDir, { recursive: true, force: true });
  }
}
