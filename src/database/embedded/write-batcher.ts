import type { DatabaseSync, StatementSync } from 'node:sqlite';
import type { Clock, Entropy } from '../../clock/clock.ts';
import { OrchestratorError } from '../../errors/orchestrator-error.ts';
import { databaseError, isBusy, isEnvironmental } from './database-error.ts';

/** Writes that share one transaction at most, so that a burst cannot hold the event loop or the lock for long. */
const MAX_BATCH = 512;
/** First wait after finding the database locked by another process; doubles up to the cap, with full jitter. */
const BUSY_WAIT_MS = { first: 2, cap: 40 } as const;
/** A lock that is held longer than this is a fault of the other process, not contention. */
const BUSY_LIMIT_MS = 30_000;
/** For how long whoever closes waits for the lock: the process is about to end, and may be killed if it does not. */
const CLOSING_BUSY_LIMIT_MS = 2_000;

/** What a write may do besides its statements. */
export interface PendingCommit {
  /** Runs `callback` once the transaction is durable; never when it is not. */
  afterCommit(callback: () => void): void;
}

export interface WriteStats {
  /** Transactions that became durable. */
  readonly commits: number;
  /** Writes that they carried. */
  readonly writes: number;
  /** Times that another process held the lock. */
  readonly busy: number;
}

interface Pending {
  /** Shared a transaction that one of its writes made fail, so that each of them now has a savepoint of its own. */
  readonly apart?: true;
  readonly run: (commit: PendingCommit) => unknown;
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: unknown) => void;
}

type Settlement = () => void;

/**
 * Group commit. Writes submitted during one turn of the event loop share one `BEGIN IMMEDIATE ... COMMIT`, hence one
 * flush of the disk, and are answered only after it. A write that throws fails alone: the batch is rolled back and run
 * again with a savepoint around each, once the lock is to be had, so a write must be repeatable, that is, change nothing but the database.
 */
export class WriteBatcher {
  readonly #database: DatabaseSync;
  readonly #path: string;
  readonly #clock: Clock;
  readonly #entropy: Entropy;
  readonly #begin: StatementSync;
  readonly #commit: StatementSync;
  readonly #idle: (() => void)[] = [];
  #pending: Pending[] = [];
  #scheduled = false;
  #closedAt: number | undefined;
  #busySince: number | undefined;
  #busyWaitMs: number = BUSY_WAIT_MS.first;
  #commits = 0;
  #writes = 0;
  #busy = 0;

  constructor(database: DatabaseSync, path: string, clock: Clock, entropy: Entropy) {
    this.#database = database;
    this.#path = path;
    this.#clock = clock;
    this.#entropy = entropy;
    this.#begin = database.prepare('BEGIN IMMEDIATE');
    this.#commit = database.prepare('COMMIT');
  }

  write<T>(run: (commit: PendingCommit) => T): Promise<T> {
    if (this.#closedAt !== undefined) {
      return Promise.reject(
        new OrchestratorError('DATABASE_UNAVAILABLE', `${this.#path} was closed.`, { context: { path: this.#path } }),
      );
    }
    return new Promise<T>((resolve, reject) => {
      this.#pending.push({ run, resolve: resolve as (value: unknown) => void, reject });
      this.#schedule();
    });
  }

  /** Refuses further writes and resolves once the pending ones are answered, soon also where another process has the lock. */
  async close(): Promise<void> {
    this.#closedAt ??= this.#clock.now();
    if (this.#pending.length > 0) await new Promise<void>((resolve) => this.#idle.push(resolve));
  }

  stats(): WriteStats {
    return { commits: this.#commits, writes: this.#writes, busy: this.#busy };
  }

  #schedule(): void {
    if (this.#scheduled) return;
    this.#scheduled = true;
    setImmediate(() => this.#flush());
  }

  #flush(): void {
    this.#scheduled = false;
    try {
      // Open here: what has just failed, or what could not be rolled back when it failed.
      this.#rollBack();
      this.#begin.run();
    } catch (error) {
      if (isBusy(error) && this.#waitForLock()) return;
      this.#failAll(this.#pending.splice(0), error);
      return;
    }
    this.#busySince = undefined;
    this.#busyWaitMs = BUSY_WAIT_MS.first;
    const batch = this.#pending.splice(0, MAX_BATCH);
    let settlements: Settlement[] | undefined;
    try {
      settlements = batch.some(({ apart }) => apart) ? this.#runApart(batch) : this.#runTogether(batch);
      if (settlements !== undefined) this.#commit.run();
    } catch (error) {
      this.#giveUp(batch, error);
      return;
    }
    if (settlements === undefined) {
      // Rolling back gives the lock up, and another process may take it first: so this waits for it like any other.
      this.#pending.unshift(...batch.map((write) => ({ ...write, apart: true }) as const));
      this.#flush();
      return;
    }
    if (this.#pending.length > 0) this.#schedule();
    this.#commits += 1;
    this.#writes += batch.length;
    for (const settle of settlements) settle();
    this.#announceIdle();
  }

  /** The common case: no write throws, no savepoint is needed. Undefined when one throws. */
  #runTogether(batch: readonly Pending[]): Settlement[] | undefined {
    const settlements: Settlement[] = [];
    const commit: PendingCommit = { afterCommit: (callback) => settlements.push(callback) };
    try {
      for (const { run, resolve } of batch) {
        const value = run(commit);
        settlements.push(() => resolve(value));
      }
      return settlements;
    } catch (error) {
      if (isEnvironmental(error)) throw error;
      return undefined;
    }
  }

  #runApart(batch: readonly Pending[]): Settlement[] {
    const settlements: Settlement[] = [];
    for (const { run, resolve, reject } of batch) {
      const callbacks: Settlement[] = [];
      this.#database.exec('SAVEPOINT one');
      try {
        const value = run({ afterCommit: (callback) => callbacks.push(callback) });
        settlements.push(...callbacks, () => resolve(value));
      } catch (error) {
        if (isEnvironmental(error)) throw error;
        this.#database.exec('ROLLBACK TO one');
        settlements.push(() => reject(databaseError(error, this.#path)));
      }
      this.#database.exec('RELEASE one');
    }
    return settlements;
  }

  /** Tries again later without blocking the event loop; false when the lock has been held for too long. */
  #waitForLock(): boolean {
    const now = this.#clock.now();
    this.#busy += 1;
    this.#busySince ??= now;
    const isClosing = this.#closedAt !== undefined && now - this.#closedAt > CLOSING_BUSY_LIMIT_MS;
    if (isClosing || now - this.#busySince > BUSY_LIMIT_MS) {
      this.#busySince = undefined;
      return false;
    }
    this.#scheduled = true;
    // A sleep, not a timer: a write that is owed keeps the process alive.
    void this.#clock.sleep(this.#entropy.random() * this.#busyWaitMs).then(() => this.#flush());
    this.#busyWaitMs = Math.min(BUSY_WAIT_MS.cap, this.#busyWaitMs * 2);
    return true;
  }

  #rollBack(): void {
    // SQLite has already rolled back by itself after some failures (full disk, I/O).
    if (this.#database.isTransaction) this.#database.exec('ROLLBACK');
  }

  /** Whatever else fails, the writes are answered with what made them fail. */
  #giveUp(batch: readonly Pending[], error: unknown): void {
    try {
      this.#rollBack();
    } catch {
      // The next transaction meets the same failure, and tells it.
    }
    if (this.#pending.length > 0) this.#schedule();
    this.#failAll(batch, error);
  }

  #failAll(batch: readonly Pending[], error: unknown): void {
    const failure = databaseError(error, this.#path);
    for (const { reject } of batch) reject(failure);
    this.#announceIdle();
  }

  #announceIdle(): void {
    if (this.#pending.length === 0) for (const resolve of this.#idle.splice(0)) resolve();
  }
}
