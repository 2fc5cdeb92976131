import { MAX_RECEIVES, type QueueName } from './queue.ts';

const MINUTE_MS = 60_000;
const DAY_MS = 24 * 60 * MINUTE_MS;

/** The queue that takes what others could not deliver. */
export const FAILURE_QUEUE: QueueName = 'job_handle_failure';

/** How long a message is kept: cron words for a minute (the SQS minimum), all others four days (the SQS default). */
export function retentionOf(queue: QueueName): number {
  return queue === 'worker_trigger' ? MINUTE_MS : 4 * DAY_MS;
}

/** Deliveries after which the queue gives a message up; infinite where it keeps trying. */
export function maxReceivesOf(queue: QueueName): number {
  return queue === FAILURE_QUEUE || queue === 'worker_trigger' ? Number.POSITIVE_INFINITY : MAX_RECEIVES;
}
