import type { AlertSink } from '../../alerts/alert-sink.ts';
import type { Job } from '../job.ts';

/** What `waiting_for` begins with while a transaction is held back; the job document itself remembers the hold by it. */
const HELD = 'settlement is held: ';

/** Tells operators once when the settlement of a job is held back (fees, balance) and once when it goes on. */
export class SettlementHold {
  readonly #alerts: AlertSink;

  constructor(alerts: AlertSink) {
    this.#alerts = alerts;
  }

  /** Answers what the job waits for. Alerts unless the job was held already. */
  async enter(job: Job, reason: string): Promise<string> {
    if (!wasHeld(job)) await this.#tell(job, 'held', `Settlement of block ${job.internal_id} is held: ${reason}`);
    return `${HELD}${reason}`;
  }

  async leave(job: Job): Promise<void> {
    if (wasHeld(job)) await this.#tell(job, 'released', `Settlement of block ${job.internal_id} goes on`);
  }

  #tell(job: Job, what: 'held' | 'released', text: string): Promise<void> {
    return this.#alerts.send({ fingerprint: `settlement-${what}:${job.id}:${job.version}`, text });
  }
}

const wasHeld = (job: Job): boolean => job.waiting_for?.startsWith(HELD) ?? false;
