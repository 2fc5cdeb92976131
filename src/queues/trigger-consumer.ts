import type { Clock } from '../clock/clock.ts';
import { decodeTrigger, type TriggerWord } from '../scheduling/scheduler.ts';
import type { Log } from '../telemetry/log.ts';
import type { QueueSet, ReceivedMessage } from './queue.ts';

export interface TriggerConsumerDependencies {
  readonly queues: QueueSet;
  /** Runs the planning pass of a word. */
  readonly trigger: (word: TriggerWord) => Promise<void>;
  readonly clock: Clock;
  readonly log: Log;
  readonly visibilityMs: number;
}

const LONG_POLL_MS = 20_000;
const BATCH = 10;
const ERROR_PAUSE_MS = 1_000;

/** Runs the planning pass that a message of the worker-trigger queue asks for. */
export class TriggerConsumer {
  readonly #deps: TriggerConsumerDependencies;
  readonly #stop = new AbortController();
  #loop: Promise<void> = Promise.resolve();

  constructor(deps: TriggerConsumerDependencies) {
    this.#deps = deps;
  }

  start(): void {
    this.#loop = this.#run();
  }

  async stop(): Promise<void> {
    this.#stop.abort();
    await this.#loop;
  }

  async #run(): Promise<void> {
    const { queues, clock, log, visibilityMs } = this.#deps;
    const queue = queues.queue('worker_trigger');
    const { signal } = this.#stop;
    while (!signal.aborted) {
      try {
        const messages = await queue.receive({ max: BATCH, visibilityMs, waitMs: LONG_POLL_MS, signal });
        await this.#park(messages.filter((message) => decodeTrigger(message.body) === undefined));
        // A pass is idempotent and cron repeats the word: the message has done its part once it is read.
        await queue.delete(messages.map((message) => message.receipt));
        const words = new Set(messages.map((message) => decodeTrigger(message.body)));
        for (const word of words) if (word !== undefined) await this.#deps.trigger(word);
      } catch (error) {
        log.warn({ queue: queue.name, err: error }, 'queue not readable, trying again');
        await clock.sleep(ERROR_PAUSE_MS, signal).catch(() => undefined);
      }
    }
  }

  /** What is no trigger word goes to the failure queue, as it is, where an operator finds it. */
  async #park(unknown: readonly ReceivedMessage[]): Promise<void> {
    const { queues, log } = this.#deps;
    if (unknown.length === 0) return;
    log.error(
      { words: unknown.map((message) => message.body.slice(0, 80)) },
      'unknown trigger word, parked in the failure queue',
    );
    const parked = unknown.map(({ body, attributes }) => ({
      body,
      attributes: { ...attributes, SourceQueue: 'worker_trigger' },
      delayMs: 0,
    }));
    await queues.queue('job_handle_failure').send(parked);
  }
}
