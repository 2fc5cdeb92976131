/**
 * Messages that could not be delivered or read, taken from the failure queue so that an operator finds them. They are a
 * record only: parking one never changes a job.
 */
export interface ParkedMessageStore {
  /** Stores the message unless one with its id exists; true when it was new. */
  park(message: ParkedMessage): Promise<boolean>;
  /** Newest first, at most `limit`. */
  list(limit: number): Promise<ParkedMessage[]>;
  count(): Promise<number>;
  /** Removes messages parked before the instant (milliseconds since the epoch), at most `limit`; answers how many. */
  removeBefore(instant: number, limit: number): Promise<number>;
}

export interface ParkedMessage {
  /** The queue's own id of the message. */
  readonly id: string;
  /** Queue on which it failed; null when the message does not say. */
  readonly source_queue: string | null;
  readonly body: string;
  readonly attributes: Readonly<Record<string, string>>;
  /** Why it is here, in words. */
  readonly reason: string;
  /** Job that the body names, when it names one. */
  readonly job_id: string | null;
  readonly parked_at: number;
}
