import type { OutgoingMessage } from '../../src/queues/queue.ts';
import { TRIGGER_WORDS } from '../../src/scheduling/scheduler.ts';

/** One message for each word, as EventBridge sends them. */
export function triggerMessages(): OutgoingMessage[] {
  return TRIGGER_WORDS.map((word) => ({ body: JSON.stringify(word), attributes: {}, delayMs: 0 }));
}
