import type { TriggerWord } from '../scheduling/scheduler.ts';
import type { Log } from '../telemetry/log.ts';
import type { Job } from './job.ts';
import type { Planner } from './planner.ts';

type Pass = 'blocks' | 'successors' | 'settlement' | 'reorgs';

const PASSES: Readonly<Record<TriggerWord, readonly Pass[]>> = {
  Snos: ['blocks'],
  Proving: ['successors'],
  ProofRegistration: ['successors'],
  DataSubmission: ['successors'],
  UpdateState: ['reorgs', 'settlement'],
};

/**
 * Decides when planning passes run: when cron says a word, and right after the commits that make new jobs possible.
 * Calls of the same pass that come while it runs become one more run after it.
 */
export class Triggers {
  readonly #planner: Planner;
  readonly #log: Log;
  readonly #running = new Map<Pass, { again: boolean; done: Promise<void> }>();
  #stopped = false;

  constructor(planner: Planner, log: Log) {
    this.#planner = planner;
    this.#log = log;
  }

  /** Runs what a trigger word asks for. Resolves when that is done; errors are logged, the next word tries again. */
  async trigger(word: TriggerWord): Promise<void> {
    for (const pass of PASSES[word]) await this.#run(pass);
  }

  /** To be told after every commit. */
  onProgress(job: Job): void {
    if (job.job_type === 'DataSubmission' && job.status === 'Completed') void this.#run('settlement');
    if (job.job_type !== 'StateTransition') return;
    if (job.status === 'Completed' || job.status === 'PendingVerification') void this.#run('settlement');
    if (job.status === 'Completed') void this.#run('blocks');
  }

  /** Starts no further pass and waits for those that run. */
  async stop(): Promise<void> {
    this.#stopped = true;
    await Promise.all([...this.#running.values()].map(({ done }) => done));
  }

  #run(pass: Pass): Promise<void> {
    if (this.#stopped) return Promise.resolve();
    const running = this.#running.get(pass);
    if (running !== undefined) {
      running.again = true;
      return running.done;
    }
    const state = { again: false, done: Promise.resolve() };
    this.#running.set(pass, state);
    state.done = this.#loop(pass, state);
    return state.done;
  }

  async #loop(pass: Pass, state: { again: boolean }): Promise<void> {
    try {
      do {
        state.again = false;
        await this.#perform(pass);
      } while (state.again && !this.#stopped);
    } catch (error) {
      this.#log.warn({ pass, err: error }, 'planning pass failed, the next one tries again');
    } finally {
      this.#running.delete(pass);
    }
  }

  async #perform(pass: Pass): Promise<void> {
    const created = await {
      blocks: () => this.#planner.planBlocks(),
      successors: () => this.#planner.planSuccessors(),
      settlement: () => this.#planner.planSettlement(),
      reorgs: () => this.#planner.watchReorgs(),
    }[pass]();
    if (created > 0) this.#log.debug({ pass, created }, 'planned');
  }
}
