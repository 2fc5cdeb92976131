import type { Entropy } from '../clock/clock.ts';
import type { JobStore } from '../database/job-store.ts';
import type { Log } from '../telemetry/log.ts';
import { type Job, type NewJob, rangeOf } from './job.ts';
import type { JobEvent } from './lifecycle-event.ts';
import { newSnosJob, stateTransitionJobFor, successorOf } from './new-jobs.ts';
import type { RangePlanner } from './range-planner.ts';

/** Where the chain and its core contract stand; read at every pass, never remembered. */
export interface ChainView {
  /** Newest final block; undefined before the first. */
  head(): Promise<number | undefined>;
  /** Last block that the contract has settled, at the configured depth; -1 before the first. */
  position(): Promise<number>;
}

export interface PlannerSettings {
  /** Most blocks that are planned but not settled. */
  readonly bufferSize: number;
  readonly minBlock: number;
  readonly maxBlock: number;
}

export interface PlannerDependencies {
  readonly store: JobStore;
  /** Creates the jobs that do not exist yet, with `ordered` none after the first that exists; answers how many were new. */
  readonly create: (jobs: readonly NewJob[], options?: { readonly ordered?: boolean }) => Promise<number>;
  /** Applies an event to a job as it was read; false when it has changed since. */
  readonly apply: (job: Job, event: JobEvent) => Promise<boolean>;
  readonly chain: ChainView;
  readonly ranges: Pick<RangePlanner, 'rangesOf'>;
  readonly entropy: Entropy;
  readonly log: Log;
  readonly settings: PlannerSettings;
}

/**
 * Finds the jobs that are missing and creates them. Every pass reads the database and the contract, may run anywhere at
 * any time, twice at once, or be cut off: the unique index on type and first block decides, the loser re-reads.
 */
export class Planner {
  readonly #deps: PlannerDependencies;

  constructor(deps: PlannerDependencies) {
    this.#deps = deps;
  }

  /** SnosRun jobs for new blocks, as long as fewer than the buffer are unsettled. `cause` goes into their history. */
  async planBlocks(cause?: string): Promise<number> {
    const { store, create, chain, ranges, entropy, settings } = this.#deps;
    const latest = await store.latest('SnosRun');
    const next =
      latest === undefined ? Math.max((await chain.position()) + 1, settings.minBlock) : rangeOf(latest).last + 1;
    // Counted by our own jobs: a contract that somebody else took far ahead must not make room for thousands at once.
    const inFlight = next - (latest === undefined ? next : await this.#firstUnsettled());
    const free = settings.bufferSize - inFlight;
    if (free <= 0) return 0;
    const head = await chain.head();
    if (head === undefined) return 0;
    const last = Math.min(head, settings.maxBlock, next + free - 1);
    const planned = await ranges.rangesOf({ first: next, last, final: last === settings.maxBlock });
    // Ordered: where another planner was faster, its ranges count, and ours behind them must not overlap them.
    return create(
      planned.map((range) => ({ ...newSnosJob(range, entropy.uuid()), ...(cause !== undefined && { cause }) })),
      { ordered: true },
    );
  }

  /**
   * Gap-aware safety net behind chaining: every completed stage of an unsettled block whose successor is missing gets
   * it. The window is bounded by the buffer.
   */
  async planSuccessors(): Promise<number> {
    const { store, create, entropy, settings } = this.#deps;
    const from = await this.#firstUnsettled();
    const jobs = await store.list({ from, limit: settings.bufferSize * 8 });
    const present = new Set(jobs.map((job) => `${job.job_type}:${job.internal_id}`));
    const missing = jobs
      .filter((job) => job.status === 'Completed')
      .flatMap((job) => successorOf(job, () => entropy.uuid()))
      .filter((job) => !present.has(`${job.job_type}:${job.specific.start_block}`));
    return create(missing);
  }

  /**
   * The one StateTransition job that may come next: its data is available and its predecessor is included (or it is that
   * of the first block that was planned). Where the contract stands, the handler asks: a block that it has already
   * completes without a transaction, one that is too early waits.
   */
  async planSettlement(): Promise<number> {
    const { store, create, entropy } = this.#deps;
    const tip = await store.latest('StateTransition');
    if (tip !== undefined && !isIncluded(tip)) return 0;
    const next = tip === undefined ? await this.#firstPlanned() : rangeOf(tip).last + 1;
    const data = await store.find('DataSubmission', next);
    if (data?.status !== 'Completed') return 0;
    return create([stateTransitionJobFor(data, entropy.uuid())]);
  }

  /**
   * What a completed state transition makes possible, to be created by the same write: without this the chain of
   * settlements would cost two writes a block. {@link planSettlement} is the safety net behind it.
   */
  async settlementAfter(completed: Job): Promise<NewJob[]> {
    if (completed.job_type !== 'StateTransition') return [];
    const data = await this.#deps.store.find('DataSubmission', rangeOf(completed).last + 1);
    return data?.status === 'Completed' ? [stateTransitionJobFor(data, this.#deps.entropy.uuid())] : [];
  }

  /**
   * Completed state transitions that the contract no longer shows: taken up again with their intents. Jobs are read
   * before the position that judges them, so that one which completes meanwhile is not taken for lost; and two equal
   * answers are needed, so that one node behind the others reopens nothing.
   */
  async watchReorgs(): Promise<number> {
    const { store, apply, chain, log, settings } = this.#deps;
    const latest = await store.latest('StateTransition', 'Completed');
    if (latest === undefined) return 0;
    const position = await chain.position();
    if (rangeOf(latest).last <= position) return 0;
    const suspects = await store.list({
      types: ['StateTransition'],
      statuses: ['Completed'],
      from: Math.max(0, position + 1 - settings.bufferSize),
      limit: settings.bufferSize * 2,
    });
    if ((await chain.position()) !== position) return 0;
    let reopened = 0;
    for (const job of suspects.filter((suspect) => rangeOf(suspect).last > position)) {
      log.warn({ job: job.id, block: job.internal_id, position }, 'the contract fell behind a completed job: reorg');
      if (await apply(job, { type: 'reorged', reason: `the contract is back at block ${position}` })) reopened += 1;
    }
    return reopened;
  }

  /** First block after those that jobs of ours have settled. */
  async #firstUnsettled(): Promise<number> {
    const last = await this.#deps.store.latest('StateTransition', 'Completed');
    return last === undefined ? this.#firstPlanned() : rangeOf(last).last + 1;
  }

  async #firstPlanned(): Promise<number> {
    const [first] = await this.#deps.store.list({ types: ['SnosRun'], limit: 1 });
    return first === undefined ? 0 : rangeOf(first).first;
  }
}

/** Whether the next block may be sent: this one's transaction is in a block, whatever its depth. */
function isIncluded(job: Job): boolean {
  if (job.status === 'Completed') return true;
  const { specific } = job.metadata;
  return job.status === 'PendingVerification' && specific.type === 'StateUpdate' && specific.included_at_block !== null;
}
