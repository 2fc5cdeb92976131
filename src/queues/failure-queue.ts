import { MAX_RECEIVES, type OutgoingMessage, type QueueName, type ReceivedMessage } from './queue.ts';

/** Attribute with the queue on which a message failed; set by us, or by the queue that gave it up. */
const SOURCE = 'SourceQueue';
/** Attribute with the reason, in words; only on messages that we moved ourselves. */
const REASON = 'Reason';
/** SQS takes ten attributes; the first eight of the original stay. */
const KEPT_ATTRIBUTES = 8;
const MAX_REASON = 500;
/** What SQS refuses in an attribute (https://www.w3.org/TR/REC-xml/#charsets). */
// biome-ignore lint/suspicious/noControlCharactersInRegex: these are the characters to be removed
const FORBIDDEN = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/g;

/** The message as it goes to the failure queue, where an operator finds it: as it was, with source and reason. */
export function givenUp(
  { body, attributes }: Pick<ReceivedMessage, 'body' | 'attributes'>,
  source: QueueName,
  reason: string,
): OutgoingMessage {
  const kept = Object.entries(attributes)
    .filter(([name]) => name !== SOURCE && name !== REASON)
    .slice(0, KEPT_ATTRIBUTES);
  const text = reason.replace(FORBIDDEN, ' ').slice(0, MAX_REASON);
  return { body, attributes: { ...Object.fromEntries(kept), [SOURCE]: source, [REASON]: text }, delayMs: 0 };
}

/** Where a message of the failure queue comes from, and why it is there; `byQueue`: the queue itself moved it. */
export function whyGivenUp({ attributes }: Pick<ReceivedMessage, 'attributes'>): {
  readonly source: string | null;
  readonly reason: string;
  readonly byQueue: boolean;
} {
  const source = attributes[SOURCE] ?? null;
  const reason = attributes[REASON];
  if (reason !== undefined) return { source, reason, byQueue: false };
  return source === null
    ? { source, reason: 'sent to the failure queue without a reason', byQueue: false }
    : { source, reason: `delivered ${MAX_RECEIVES} times without being handled`, byQueue: true };
}
