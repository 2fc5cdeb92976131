import type { Clock, Entropy } from '../clock/clock.ts';
import { decodeTrigger, isNeedlessTrigger, TRIGGER_WORDS, type TriggerWord } from '../scheduling/scheduler.ts';
import type { Log } from '../telemetry/log.ts';
import { givenUp } from './failure-queue.ts';
import { FAILURE_QUEUE } from './message-lifetime.ts';
import { PollingLoop } from './polling-loop.ts';
import type { Queue, QueueSet, ReceivedMessage } from './queue.ts';

export interface TriggerConsumerDependencies {
  readonly queues: QueueSet;
  /** Runs the planning pass of a word; `messageId` is that of the message that said it. */
  readonly trigger: (word: TriggerWord, messageId?: string) => Promise<void>;
  readonly clock: Clock;
  readonly entropy: Entropy;
  readonly log: Log;
  readonly visibilityMs: number;
}

const LONG_POLL_MS = 20_000;
const BATCH = 10;
/**
 * Rest after a round that brought words, where calls are charged for. Cron says its words once a minute, not all at the
 * same moment; without a rest each would cost a call to receive it and one to delete it.
 */
const METERED_REST_MS = 20_000;

/** Runs the planning pass that a message of the worker-trigger queue asks for. */
export class TriggerConsumer {
  readonly #deps: TriggerConsumerDependencies;
  readonly #loop: PollingLoop;

  constructor(deps: TriggerConsumerDependencies) {
    this.#deps = deps;
    this.#loop = new PollingLoop({ ...deps, queue: 'worker_trigger' }, (signal) => this.#round(signal));
  }

  start(): void {
    this.#loop.start();
  }

  stop(): Promise<void> {
    return this.#loop.stop();
  }

  async #round(signal: AbortSignal): Promise<number> {
    const { queues, trigger, visibilityMs, log } = this.#deps;
    const queue = queues.queue('worker_trigger');
    const messages = await queue.receive({ max: BATCH, visibilityMs, waitMs: LONG_POLL_MS, signal });
    if (messages.length === 0) return 0;
    const needless = messages.filter(({ body }) => isNeedlessTrigger(body));
    const known = messages.filter(({ body }) => decodeTrigger(body) !== undefined);
    const unknown = messages.filter((message) => !known.includes(message) && !needless.includes(message));
    // A pass is idempotent and cron repeats the word: the message has done its part once it is read.
    await queue.delete([...known, ...needless].map(({ receipt }) => receipt));
    if (needless.length > 0) {
      log.debug({ words: needless.map(({ body }) => body) }, 'triggers of an older deployment, nothing to do for them');
    }
    for (const word of TRIGGER_WORDS) {
      const message = known.find(({ body }) => decodeTrigger(body) === word);
      if (message !== undefined) await trigger(word, message.id);
    }
    // Last, so that one that cannot be parked keeps no word from being heard.
    await this.#park(queue, unknown);
    return queues.metered ? METERED_REST_MS : 0;
  }

  async #park(queue: Queue, unknown: readonly ReceivedMessage[]): Promise<void> {
    const { queues, log } = this.#deps;
    if (unknown.length === 0) return;
    const parked = unknown.map((message) => givenUp(message, 'worker_trigger', 'not a trigger word'));
    await queues.queue(FAILURE_QUEUE).send(parked);
    await queue.delete(unknown.map(({ receipt }) => receipt));
    const words = unknown.map(({ body }) => body.slice(0, 80));
    log.error({ words }, 'unknown trigger word, moved to the failure queue');
  }
}
