import type { EmbeddedDatabase } from '../../database/embedded/embedded-database.ts';
import type { PendingCommit } from '../../database/embedded/write-batcher.ts';
import { FAILURE_QUEUE, maxReceivesOf, retentionOf } from '../message-lifetime.ts';
import type {
  OutgoingMessage,
  Queue,
  QueueDepth,
  QueueName,
  QueueSet,
  ReceivedMessage,
  ReceiveOptions,
} from '../queue.ts';
import { Arrivals } from './arrivals.ts';

const INSERT =
  'INSERT INTO messages (queue, visible_at, expires_at, receive_count, body, attributes) VALUES (?, ?, ?, 0, ?, ?)';
const FIRST_VISIBLE = 'SELECT visible_at FROM messages WHERE queue = ? ORDER BY visible_at LIMIT 1';
const CANDIDATES = `SELECT seq, receive_count, expires_at, body, attributes FROM messages
  WHERE queue = ? AND visible_at <= ? ORDER BY visible_at, seq LIMIT ?`;
const TAKE = 'UPDATE messages SET visible_at = ?, receive_count = receive_count + 1 WHERE seq = ?';
const REMOVE = 'DELETE FROM messages WHERE seq = ?';
const HIDE = 'UPDATE messages SET visible_at = ? WHERE seq = ? AND receive_count = ? AND visible_at > ?';
const DELETE = 'DELETE FROM messages WHERE seq = ? AND receive_count = ?';
const EXPIRE = 'DELETE FROM messages WHERE queue = ? AND visible_at <= ? AND expires_at <= ?';
const DEPTH = `SELECT
    COUNT(*) FILTER (WHERE visible_at <= :now) AS ready,
    COUNT(*) FILTER (WHERE visible_at > :now AND receive_count = 0) AS delayed,
    COUNT(*) FILTER (WHERE visible_at > :now AND receive_count > 0) AS in_flight,
    MIN(visible_at) FILTER (WHERE visible_at <= :now) AS oldest
  FROM messages WHERE queue = :queue AND expires_at > :now`;

/** The queues of one installation in the embedded database. */
export class EmbeddedQueues implements QueueSet {
  readonly metered = false;
  readonly #database: EmbeddedDatabase;
  readonly #arrivals: Arrivals;
  readonly #queues = new Map<QueueName, EmbeddedQueue>();
  #closed = false;

  constructor(database: EmbeddedDatabase) {
    this.#database = database;
    this.#arrivals = new Arrivals(database.clock, () => database.dataVersion());
  }

  queue(name: QueueName): Queue {
    let queue = this.#queues.get(name);
    if (queue === undefined) {
      queue = new EmbeddedQueue(name, this.#database, this.#arrivals, () => this.#closed);
      this.#queues.set(name, queue);
    }
    return queue;
  }

  /** Adds a message within a running write of the same database; it becomes visible at `visibleAt`, or now if that is past. */
  enqueue(name: QueueName, message: OutgoingMessage, visibleAt: number, commit: PendingCommit): void {
    addMessage(this.#database, name, message, visibleAt);
    commit.afterCommit(() => this.#arrivals.notify(name));
  }

  /** Ends all waiting; the database stays open for its owner. */
  close(): Promise<void> {
    this.#closed = true;
    this.#arrivals.close();
    return Promise.resolve();
  }
}

class EmbeddedQueue implements Queue {
  readonly name: QueueName;
  readonly #database: EmbeddedDatabase;
  readonly #arrivals: Arrivals;
  readonly #isClosed: () => boolean;

  constructor(name: QueueName, database: EmbeddedDatabase, arrivals: Arrivals, isClosed: () => boolean) {
    this.name = name;
    this.#database = database;
    this.#arrivals = arrivals;
    this.#isClosed = isClosed;
  }

  async send(messages: readonly OutgoingMessage[]): Promise<void> {
    if (messages.length === 0) return;
    await this.#database.write((commit) => {
      const now = this.#database.clock.now();
      // Cron words pile up while nobody listens; they are the only ones that expire soon.
      if (this.name === 'worker_trigger') this.#database.statement(EXPIRE).run(this.name, now, now);
      for (const message of messages) addMessage(this.#database, this.name, message, now + message.delayMs);
      commit.afterCommit(() => this.#arrivals.notify(this.name));
    });
  }

  async receive({ max, visibilityMs, waitMs, signal }: ReceiveOptions): Promise<ReceivedMessage[]> {
    const deadline = this.#database.clock.now() + waitMs;
    while (!signal?.aborted && !this.#isClosed()) {
      const seen = this.#arrivals.generation(this.name);
      const firstVisible = await this.#database.read(
        () => this.#database.statement(FIRST_VISIBLE).get(this.name)?.visible_at,
      );
      const now = this.#database.clock.now();
      if (firstVisible !== undefined && Number(firstVisible) <= now) {
        const taken = await this.#database.write((commit) => this.#take(max, visibilityMs, commit));
        if (taken.length > 0) return taken;
        continue; // another process was faster, or only dead messages were there
      }
      if (now >= deadline) break;
      await this.#arrivals.wait(this.name, seen, Math.min(deadline, Number(firstVisible ?? deadline)), signal);
    }
    return [];
  }

  setVisibility(receipt: string, visibilityMs: number): Promise<boolean> {
    const delivery = parseReceipt(receipt);
    if (delivery === undefined) return Promise.resolve(false);
    return this.#database.write((commit) => {
      const now = this.#database.clock.now();
      const { changes } = this.#database
        .statement(HIDE)
        .run(now + visibilityMs, delivery.seq, delivery.receiveCount, now);
      if (changes === 0) return false;
      commit.afterCommit(() => this.#arrivals.notify(this.name));
      return true;
    });
  }

  async delete(receipts: readonly string[]): Promise<void> {
    const deliveries = receipts.map(parseReceipt).filter((delivery) => delivery !== undefined);
    if (deliveries.length === 0) return;
    await this.#database.write(() => {
      for (const { seq, receiveCount } of deliveries) this.#database.statement(DELETE).run(seq, receiveCount);
    });
  }

  depth(): Promise<QueueDepth> {
    return this.#database.read(() => {
      const now = this.#database.clock.now();
      const row = this.#database.statement(DEPTH).get({ queue: this.name, now });
      const oldest = row?.oldest;
      return {
        ready: Number(row?.ready),
        delayed: Number(row?.delayed),
        inFlight: Number(row?.in_flight),
        oldestReadyAgeMs: typeof oldest === 'number' ? now - oldest : 0,
      };
    });
  }

  #take(max: number, visibilityMs: number, commit: PendingCommit): ReceivedMessage[] {
    const now = this.#database.clock.now();
    const taken: ReceivedMessage[] = [];
    for (let dropped = true; dropped && taken.length < max; ) {
      dropped = false;
      for (const row of this.#database.statement(CANDIDATES).all(this.name, now, max - taken.length)) {
        const message = this.#deliver(row, now, commit);
        if (message === undefined) {
          dropped = true;
          continue;
        }
        this.#database.statement(TAKE).run(now + visibilityMs, row.seq ?? null);
        taken.push(message);
      }
      // Messages taken for no time at all are still visible; a second look would take them twice.
      if (visibilityMs <= 0 && taken.length > 0) break;
    }
    return taken;
  }

  /** The message as its next delivery; undefined when it expired or was delivered too often, and is gone from here. */
  #deliver(row: Record<string, unknown>, now: number, commit: PendingCommit): ReceivedMessage | undefined {
    const seq = Number(row.seq);
    const body = String(row.body);
    const attributes = JSON.parse(String(row.attributes)) as Record<string, string>;
    const receiveCount = Number(row.receive_count) + 1;
    const isExpired = Number(row.expires_at) <= now;
    if (!isExpired && receiveCount <= maxReceivesOf(this.name)) {
      return { id: String(seq), body, attributes, receipt: `${seq}:${receiveCount}`, receiveCount };
    }
    this.#database.statement(REMOVE).run(seq);
    if (!isExpired) {
      // As a new message, so that receipts of the old one are void.
      const moved = { body, attributes: { SourceQueue: this.name, ...attributes } };
      addMessage(this.#database, FAILURE_QUEUE, moved, now);
      commit.afterCommit(() => this.#arrivals.notify(FAILURE_QUEUE));
    }
    return undefined;
  }
}

function addMessage(
  database: EmbeddedDatabase,
  queue: QueueName,
  { body, attributes }: Pick<OutgoingMessage, 'body' | 'attributes'>,
  visibleAt: number,
): void {
  const now = database.clock.now();
  const visible = Math.max(now, Math.ceil(visibleAt));
  database.statement(INSERT).run(queue, visible, now + retentionOf(queue), body, JSON.stringify(attributes));
}

/** `<message number>:<delivery number>`; both only rise, so a receipt never fits a later delivery. */
function parseReceipt(receipt: string): { readonly seq: number; readonly receiveCount: number } | undefined {
  const match = /^(\d{1,15}):(\d{1,15})$/.exec(receipt);
  return match === null ? undefined : { seq: Number(match[1]), receiveCount: Number(match[2]) };
}
