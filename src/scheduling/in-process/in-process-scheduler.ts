import type { Clock } from '../../clock/clock.ts';
import type { QueueSet } from '../../queues/queue.ts';
import type { Log } from '../../telemetry/log.ts';
import { type Scheduler, TRIGGER_WORDS, type TriggerWord } from '../scheduler.ts';

export interface InProcessSchedulerOptions {
  readonly queues: QueueSet;
  readonly clock: Clock;
  readonly log: Log;
  /** Milliseconds between two messages of the word. */
  readonly intervalOf: (word: TriggerWord) => number;
}

/**
 * Cron inside the program: sends each trigger word at once and then at its interval. Every instance does so; a planning
 * pass is idempotent, so a word that is said more than once costs a look and nothing else.
 */
export class InProcessScheduler implements Scheduler {
  readonly #options: InProcessSchedulerOptions;
  readonly #stop = new AbortController();
  #loops: Promise<void>[] = [];

  constructor(options: InProcessSchedulerOptions) {
    this.#options = options;
  }

  async start(): Promise<void> {
    if (this.#loops.length > 0 || this.#stop.signal.aborted) return;
    this.#loops = TRIGGER_WORDS.map((word) => this.#repeat(word));
  }

  /** Resolves when no message will be sent any more. A stopped scheduler does not start again. */
  async stop(): Promise<void> {
    this.#stop.abort();
    await Promise.all(this.#loops);
  }

  async #repeat(word: TriggerWord): Promise<void> {
    const { clock, intervalOf } = this.#options;
    const { signal } = this.#stop;
    while (!signal.aborted) {
      await this.#send(word);
      try {
        await clock.sleep(intervalOf(word), signal);
      } catch (error) {
        if (!signal.aborted) throw error;
      }
    }
  }

  async #send(word: TriggerWord): Promise<void> {
    const { queues, log } = this.#options;
    try {
      // The form in which EventBridge sends it.
      await queues.queue('worker_trigger').send([{ body: JSON.stringify(word), attributes: {}, delayMs: 0 }]);
    } catch (error) {
      log.warn({ word, err: error }, 'trigger not sent, the next one will do');
    }
  }
}
