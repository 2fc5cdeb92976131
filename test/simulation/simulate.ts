import { type BlockRange, type Job, type JobType, rangeOf } from '../../src/jobs/job.ts';
import { Cluster, type Sabotage } from './cluster.ts';
import { BLOCKS } from './virtual-starknet.ts';
import { createWorld, startWorld, type World } from './world.ts';

export interface SimulationOptions {
  /** Events that are kept for the report. */
  readonly traceLimit?: number;
  readonly sabotage?: Sabotage;
}

export interface SimulationResult {
  readonly seed: number;
  /** What broke; undefined when everything held. */
  readonly violation: string | undefined;
  readonly trace: readonly string[];
  /** Virtual milliseconds until everything was settled. */
  readonly elapsedMs: number;
  readonly events: number;
}

const TYPES: readonly JobType[] = ['SnosRun', 'ProofCreation', 'DataSubmission', 'StateTransition'];
/** Calm time after which everything must be settled, and time that it must then stay so. */
const PATIENCE_MS = 90 * 60_000;
const STEADY_MS = 30_000;
/** A run has about a thousand; one that goes round in circles is ended here. */
const MOST_EVENTS = 100_000;

/** One schedule: the whole program on several machines in virtual time, decided by the seed alone. */
export async function simulate(
  seed: number,
  { traceLimit = 40, sabotage = {} }: SimulationOptions = {},
): Promise<SimulationResult> {
  const world = await createWorld(seed, traceLimit);
  const { clock, faults, invariants, trace } = world;
  const start = clock.now();
  const cluster = new Cluster(world, sabotage);
  startWorld(world, (incident) => {
    const machine = cluster.machine(incident.machine);
    if (incident.kind === 'freeze') machine?.freeze(incident.ms);
    else machine?.crash();
  });
  cluster.start();
  let events = 0;
  let settledAt: number | undefined;
  const elapsed = (): number => clock.now() - start;
  while (invariants.violation === undefined) {
    if (!(await clock.runNext())) invariants.violation = 'nothing will ever happen again';
    events += 1;
    if (events > MOST_EVENTS) invariants.violation = 'it goes round in circles';
    if (!faults.calm) continue;
    const missing = unsettled(world);
    if (missing !== undefined) {
      settledAt = undefined;
      if (elapsed() > faults.calmAt + PATIENCE_MS) invariants.violation = `not settled: ${missing}`;
    } else {
      settledAt ??= elapsed();
      if (elapsed() > settledAt + STEADY_MS) break;
    }
  }
  invariants.violation ??= wrongEnd(world);
  const result = {
    seed,
    violation: invariants.violation,
    trace: trace.lines(),
    elapsedMs: settledAt ?? elapsed(),
    events,
  };
  cluster.stop();
  return result;
}

/** What is still to be done; undefined once every block is settled and nothing is owed. */
function unsettled({ invariants, ethereum, confirmations }: World): string | undefined {
  const position = ethereum.blocks.at(-confirmations)?.core.blockNumber ?? -1;
  if (position < BLOCKS - 1) return `the contract stands at block ${position}; ${stuckJobs(invariants.jobs.values())}`;
  const stuck = stuckJobs(invariants.jobs.values());
  if (stuck !== '') return stuck;
  const gaps = TYPES.filter((type) => !coversAll(rangesOf(invariants.jobs.values(), type)));
  return gaps.length === 0 ? undefined : `there are blocks without ${gaps.join(' and ')} job`;
}

/** In block order. */
function rangesOf(jobs: Iterable<Job>, type: JobType): BlockRange[] {
  return [...jobs]
    .filter((job) => job.job_type === type)
    .map(rangeOf)
    .sort((a, b) => a.first - b.first);
}

function coversAll(ranges: readonly BlockRange[]): boolean {
  let next = 0;
  for (const { first, last } of ranges) {
    if (first !== next) return false;
    next = last + 1;
  }
  return next === BLOCKS;
}

function stuckJobs(jobs: Iterable<Job>): string {
  const stuck: string[] = [];
  for (const job of jobs) {
    if (job.status === 'Completed' && job.outbox.entries.length === 0) continue;
    const reason = job.waiting_for ?? job.metadata.common.failure_reason;
    stuck.push(`${job.job_type} ${job.internal_id} is ${job.status}${reason === null ? '' : ` (${reason})`}`);
  }
  return stuck.slice(0, 3).join('; ');
}

/** What is wrong with the settlement layer once all is settled. */
function wrongEnd({ ethereum, chain, invariants }: World): string | undefined {
  const { core } = ethereum.head;
  const last = chain[BLOCKS - 1]?.header;
  if (core.blockNumber !== last?.number || core.root !== last.newRoot || core.blockHash !== last.hash) {
    return `the contract ends at block ${core.blockNumber} with root ${core.root} and hash ${core.blockHash}`;
  }
  const settled = ethereum.blocks.flatMap(({ receipts }) =>
    receipts.flatMap(({ status, transaction }) =>
      status === 'success' ? [transaction.call?.output?.newBlockNumber] : [],
    ),
  );
  const expected = rangesOf(invariants.jobs.values(), 'StateTransition').map(({ last }) => last);
  return settled.join() === expected.join() ? undefined : `blocks were settled as ${settled.join()}`;
}
