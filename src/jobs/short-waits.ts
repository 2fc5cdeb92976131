import type { Clock } from '../clock/clock.ts';
import type { Job } from './job.ts';

export interface ShortWaitsDependencies {
  readonly clock: Clock;
  /** Milliseconds; what is due later is not kept here. */
  readonly limitMs: number;
  /** Claims the job as it was kept; false when there is no room here or the store does not answer. */
  readonly claim: (job: Job) => Promise<boolean>;
  /** Sends what the job owes, for whoever has room. */
  readonly send: (job: Job) => Promise<unknown>;
}

/** Clocks of instances differ, and a claim takes its time. */
const GRACE_MS = 7_000;

/**
 * Wake-ups that are due soon, kept in mind by the instance that owes them instead of being sent: a message would take
 * three paid calls, and most queues know whole seconds only. Nothing depends on it. The wake-up stays in the outbox, so
 * that the reconciler sends it when this instance is gone.
 */
export class ShortWaits {
  readonly #deps: ShortWaitsDependencies;
  readonly #waiting = new Map<string, { readonly job: Job; readonly cancel: () => void }>();
  /** Jobs whose wait is over, until they are claimed or sent. */
  readonly #waking = new Set<Promise<void>>();
  #stopped = false;

  constructor(deps: ShortWaitsDependencies) {
    this.#deps = deps;
  }

  /**
   * The job as it is to be stored when its wait will be kept here: others look at it soon after it is over, should this
   * instance be gone by then. Undefined when it owes anything but one wake-up that is due soon.
   */
  prepared(job: Job): Job | undefined {
    const { clock, limitMs } = this.#deps;
    const [wake, ...more] = job.outbox.entries;
    if (this.#stopped || wake?.kind !== 'wake' || more.length > 0) return undefined;
    const inMs = wake.due_at - clock.now();
    return inMs > 0 && inMs <= limitMs ? { ...job, next_action_at: wake.due_at + GRACE_MS } : undefined;
  }

  /** Looks after the wake-up of a job that was {@link prepared} and stored. */
  async keep(job: Job): Promise<void> {
    const { clock, send } = this.#deps;
    // The end may have come while the job was being stored.
    if (this.#stopped) {
      await send(job);
      return;
    }
    this.#waiting.get(job.id)?.cancel();
    const cancel = clock.after((job.outbox.due_at ?? 0) - clock.now(), () => {
      this.#waiting.delete(job.id);
      const waking = this.#wake(job).finally(() => this.#waking.delete(waking));
      this.#waking.add(waking);
    });
    this.#waiting.set(job.id, { job, cancel });
  }

  /** Keeps nothing any more and sends what was kept; what is being claimed is claimed or sent by the end. */
  async stop(): Promise<void> {
    this.#stopped = true;
    const kept = [...this.#waiting.values()];
    this.#waiting.clear();
    const sent = kept.map(({ job, cancel }) => {
      cancel();
      return this.#deps.send(job);
    });
    await Promise.all([...sent, ...this.#waking]);
  }

  async #wake(job: Job): Promise<void> {
    if (!(await this.#deps.claim(job))) await this.#deps.send(job);
  }
}
