import { fullJitterMs } from './failure-streak.ts';
import { MAX_RECEIVES, type Queue, type ReceivedMessage } from './queue.ts';

/** Attribute of a copy: how often the messages that it stands for were delivered. */
const DELIVERIES = 'Deliveries';
const FIRST_BACKOFF_MS = 10_000;
const LONGEST_BACKOFF_MS = 15 * 60_000;

/** How often the message was delivered, copies of it included. */
export function deliveriesOf({ attributes, receiveCount }: ReceivedMessage): number {
  const earlier = attributes[DELIVERIES];
  return receiveCount + (earlier !== undefined && /^\d{1,6}$/.test(earlier) ? Number(earlier) : 0);
}

/** Milliseconds until a message is tried again that could not be handled `deliveries` times. */
export function wakeBackoffMs(deliveries: number, random: number): number {
  return fullJitterMs(deliveries - 1, random, FIRST_BACKOFF_MS, LONGEST_BACKOFF_MS);
}

/**
 * Gives a message back that is fine, for whoever can take it after `delayMs`. The queue counts that as a delivery, and gives
 * a message up after too many of them: before that a fresh copy takes its place.
 */
export async function handBack(queue: Queue, message: ReceivedMessage, delayMs: number): Promise<void> {
  if (message.receiveCount < MAX_RECEIVES - 1) {
    await queue.setVisibility(message.receipt, delayMs);
    return;
  }
  const attributes = { ...message.attributes, [DELIVERIES]: String(deliveriesOf(message)) };
  // Sent before the other is deleted: twice is harmless, lost costs until the reconciler's next look.
  await queue.send([{ body: message.body, attributes, delayMs }]);
  await queue.delete([message.receipt]);
}
