import type { AlertSink } from '../alerts/alert-sink.ts';
import type { IntentStore } from '../database/intent-store.ts';
import type { JobStore } from '../database/job-store.ts';
import type { LockStore } from '../database/lock-store.ts';
import type { ParkedMessageStore } from '../database/parked-message-store.ts';
import type { QueueSet } from '../queues/queue.ts';
import type { ObjectStore } from '../storage/object-store.ts';

/** What a running program needs of its surroundings, whatever they are. */
export interface Infrastructure {
  readonly store: JobStore;
  readonly locks: LockStore;
  readonly intents: IntentStore;
  readonly parked: ParkedMessageStore;
  readonly queues: QueueSet;
  readonly objects: ObjectStore;
  /** Once from all instances together. */
  readonly alerts: AlertSink;
  /** The same destination, for those who have agreed with the other instances already. */
  readonly directAlerts: AlertSink;
  close(): Promise<void>;
}
