import type { Clock, Entropy } from '../clock/clock.ts';
import type { ParkedMessageStore } from '../database/parked-message-store.ts';
import type { Log } from '../telemetry/log.ts';
import { whyGivenUp } from './failure-queue.ts';
import { decodeJobMessage, type JobMessage } from './job-queues.ts';
import { FAILURE_QUEUE } from './message-lifetime.ts';
import { PollingLoop } from './polling-loop.ts';
import type { QueueSet, ReceivedMessage } from './queue.ts';

/** `waiting`: for this very wake-up; `moved-on`: it no longer means anything; `unknown`: there is no such job. */
export type JobStanding = 'waiting' | 'moved-on' | 'unknown';

export interface FailureConsumerDependencies {
  readonly queues: QueueSet;
  readonly parked: ParkedMessageStore;
  /** Where the job of a wake-up stands; without it, as if there were none. */
  readonly standingOf?: (wakeUp: JobMessage) => Promise<JobStanding>;
  readonly clock: Clock;
  readonly entropy: Entropy;
  readonly log: Log;
  readonly visibilityMs: number;
}

const BATCH = 10;
/** A short long poll: unlike none at all, it asks all of SQS's servers. */
const WAIT_MS = 1_000;
/** The queue is nearly always empty, and nobody waits for what is in it. */
const EMPTY_REST_MS = 60_000;
const BUSY_REST_MS = 1_000;

/**
 * Takes what nobody could handle out of the failure queue and stores it, with its reason, where `status` and `jobs` list
 * it. It never changes a job: one that lost its wake-up is woken by the reconciler. So a wake-up is forgotten when its job
 * has moved on, and when the queue alone gave it up: then its receivers died, which says nothing about it or the job.
 */
export class FailureConsumer {
  readonly #deps: FailureConsumerDependencies;
  readonly #loop: PollingLoop;

  constructor(deps: FailureConsumerDependencies) {
    this.#deps = deps;
    this.#loop = new PollingLoop({ ...deps, queue: FAILURE_QUEUE }, (signal) => this.#round(signal));
  }

  start(): void {
    this.#loop.start();
  }

  stop(): Promise<void> {
    return this.#loop.stop();
  }

  async #round(signal: AbortSignal): Promise<number> {
    const { queues, visibilityMs } = this.#deps;
    const queue = queues.queue(FAILURE_QUEUE);
    const messages = await queue.receive({ max: BATCH, visibilityMs, waitMs: WAIT_MS, signal });
    if (messages.length === 0) return EMPTY_REST_MS;
    for (const message of messages) await this.#park(message);
    // Stored first: a crash in between stores nothing twice, since the id is the same.
    await queue.delete(messages.map(({ receipt }) => receipt));
    return BUSY_REST_MS;
  }

  async #park(message: ReceivedMessage): Promise<void> {
    const { parked, clock, log } = this.#deps;
    const { source, reason, byQueue } = whyGivenUp(message);
    const wakeUp = decodeJobMessage(message);
    const job = wakeUp?.id ?? null;
    const standing = wakeUp === undefined ? 'unknown' : ((await this.#deps.standingOf?.(wakeUp)) ?? 'unknown');
    if (standing === 'moved-on') {
      log.debug({ message: message.id, source, job }, 'given-up wake-up of a job that has moved on, forgotten');
      return;
    }
    if (standing === 'waiting' && byQueue) {
      log.warn({ message: message.id, source, job, reason }, 'wake-up given up; its job gets another');
      return;
    }
    const isNew = await parked.park({
      id: message.id,
      source_queue: source,
      body: message.body,
      attributes: message.attributes,
      reason,
      job_id: job,
      parked_at: clock.now(),
    });
    if (isNew) log.error({ message: message.id, source, job, reason }, 'message given up and parked');
  }
}
