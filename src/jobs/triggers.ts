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

interface RunningPass {
  /** Asked for once more while it ran. */
  again: boolean;
  /** Of the newest call. */
  cause: string | undefined;
  done: Promise<void>;
}

/**
 * Decides when planning passes run: when cron says a word, and right after the commits that make new jobs possible.
 * Calls of the same pass that come while it runs become one more run after it.
 */
export class Triggers {
  readonly #planner: Planner;
  readonly #log: Log;
  readonly #running = new Map<Pass, RunningPass>();
  #stopped = false;

  constructor(planner: Planner, log: Log) {
    this.#planner = planner;
    this.#log = log;
  }

  /**
   * Runs what a trigger word asks for. Resolves when that is done; errors are logged, the next word tries again. `message`
   * is the id of the cron message that brought the word, for the history of the jobs it leads to.
   */
  async trigger(word: TriggerWord, message?: string): Promise<void> {
    const cause = message === undefined ? undefined : `cron message ${message}`;
    for (const pass of PASSES[word]) await this.#run(pass, cause);
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

  #run(pass: Pass, cause?: string): Promise<void> {
    if (this.#stopped) return Promise.resolve();
    const running = this.#running.get(pass);
    if (running !== undefined) {
      running.again = true;
      running.cause = cause;
      return running.done;
    }
    const state: RunningPass = { again: false, cause, done: Promise.resolve() };
    this.#running.set(pass, state);
    state.done = this.#loop(pass, state);
    return state.done;
  }

  async #loop(pass: Pass, state: RunningPass): Promise<void> {
    do {
      state.again = false;
      await this.#attempt(pass, state.cause);
    } while (state.again && !this.#stopped);
    this.#running.delete(pass);
  }

  /** Never rejects: who asked for a pass while one failed is still to get the one after it. */
  async #attempt(pass: Pass, cause: string | undefined): Promise<void> {
    try {
      await this.#perform(pass, cause);
    } catch (error) {
      // What was cut off by the end of the program is no failure.
      if (this.#stopped) this.#log.debug({ pass, err: error }, 'planning pass ended by the stop');
      else this.#log.warn({ pass, err: error }, 'planning pass failed, the next one tries again');
    }
  }

  async #perform(pass: Pass, cause: string | undefined): Promise<void> {
    const created = await {
      blocks: () => this.#planner.planBlocks(cause),
      successors: () => this.#planner.planSuccessors(),
      settlement: () => this.#planner.planSettlement(),
      reorgs: () => this.#planner.watchReorgs(),
    }[pass]();
    if (created > 0) this.#log.debug({ pass, created }, 'planned');
  }
}
