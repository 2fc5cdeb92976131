/**
 * A queue with visibility time-outs and at-least-once delivery (SQS semantics). A message is only a wake-up call: losing,
 * repeating or reordering it must never change what the program does.
 */
export interface Queue {
  readonly name: QueueName;
  send(messages: readonly OutgoingMessage[]): Promise<void>;
  /**
   * Up to `max` messages, each hidden from other receivers for `visibilityMs`. Waits up to `waitMs` for the first one;
   * answers an empty list when none came or when `signal` fired. A message that was taken is never lost by an abort: it is
   * answered, not taken, or (where the queue is far away) visible again after `visibilityMs`.
   */
  receive(options: ReceiveOptions): Promise<ReceivedMessage[]>;
  /** Hides a received message for another `visibilityMs` from now (0 hands it back); false when it is no longer ours. */
  setVisibility(receipt: string, visibilityMs: number): Promise<boolean>;
  /**
   * Removes received messages; those that are no longer ours are ignored. SQS may also remove by the receipt of an earlier
   * delivery: nothing is lost by that, since messages are hints.
   */
  delete(receipts: readonly string[]): Promise<void>;
  depth(): Promise<QueueDepth>;
}

/** All queues of one installation. */
export interface QueueSet {
  /** Every call is charged for: what is not urgent is read in rounds with a rest between them. */
  readonly metered: boolean;
  queue(name: QueueName): Queue;
  close(): Promise<void>;
}

export interface OutgoingMessage {
  readonly body: string;
  readonly attributes: Readonly<Record<string, string>>;
  readonly delayMs: number;
}

export interface ReceiveOptions {
  readonly max: number;
  readonly visibilityMs: number;
  readonly waitMs: number;
  readonly signal?: AbortSignal;
}

export interface ReceivedMessage {
  readonly id: string;
  readonly body: string;
  readonly attributes: Readonly<Record<string, string>>;
  /** Proves this delivery; a later delivery of the same message has another one. */
  readonly receipt: string;
  /** 1 on the first delivery. */
  readonly receiveCount: number;
}

export interface QueueDepth {
  readonly ready: number;
  readonly delayed: number;
  readonly inFlight: number;
  /** Milliseconds since the oldest ready message became visible; 0 when there is none, undefined when not known. */
  readonly oldestReadyAgeMs: number | undefined;
}

/** Queue type strings of existing deployments; the full name is a template with the type in it. */
export const QUEUE_NAMES = [
  'snos_job_processing',
  'snos_job_verification',
  'proving_job_processing',
  'proving_job_verification',
  'proof_registration_job_processing',
  'proof_registration_job_verification',
  'data_submission_job_processing',
  'data_submission_job_verification',
  'update_state_job_processing',
  'update_state_job_verification',
  'job_handle_failure',
  'worker_trigger',
] as const;
export type QueueName = (typeof QUEUE_NAMES)[number];

/**
 * Deliveries after which the queue itself moves a message to the failure queue, where it has the attribute `SourceQueue`;
 * the failure queue and the trigger queue keep theirs.
 */
export const MAX_RECEIVES = 5;
