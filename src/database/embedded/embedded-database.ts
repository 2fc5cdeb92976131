import { statSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync, type StatementSync } from 'node:sqlite';
import type { Clock, Entropy } from '../../clock/clock.ts';
import { OrchestratorError } from '../../errors/orchestrator-error.ts';
import { prepareDataDirectory } from './data-directory.ts';
import { databaseError, isBusy } from './database-error.ts';
import { migrate } from './migrations.ts';
import { type PendingCommit, WriteBatcher, type WriteStats } from './write-batcher.ts';

/** Name of the one file in the data directory; SQLite keeps its `-wal` and `-shm` companions beside it. */
export const DATABASE_FILE_NAME = 'orchestrator.db';
/** Several processes may start at once; while starting, waiting for each other harms nobody. */
const OPEN_BUSY_TIMEOUT_MS = 5_000;
/** Files up to this size are checked page by page when they are opened; larger ones by `doctor` only. */
const CHECKED_SIZE = 32 * 1024 * 1024;
/** Tries of a read that meets a lock (only while another process recovers or closes the file), and the wait between. */
const READ_TRIES = 200;
const READ_WAIT_MS = 10;

export interface EmbeddedDatabaseOptions {
  /** Made when it does not exist; on a local disk. */
  readonly directory: string;
  readonly clock: Clock;
  readonly entropy: Entropy;
}

/**
 * The one SQLite file of an installation: jobs, queues, intents, locks. Any number of processes of one host may have it
 * open. Write-ahead log with `synchronous = FULL`: what was answered survives a power cut. The busy timeout is 0, because
 * waiting inside SQLite would stop the event loop and with it the heartbeats.
 */
export class EmbeddedDatabase {
  readonly path: string;
  readonly clock: Clock;
  readonly #database: DatabaseSync;
  readonly #batcher: WriteBatcher;
  readonly #statements = new Map<string, StatementSync>();

  /**
   * Opens the file of the directory, making both when they are missing. Fails with DATABASE_CORRUPT, SCHEMA_UNSUPPORTED,
   * STORAGE_UNAVAILABLE (the directory) or DATABASE_UNAVAILABLE (the file).
   */
  static open(options: EmbeddedDatabaseOptions): EmbeddedDatabase {
    prepareDataDirectory(options.directory);
    const path = join(options.directory, DATABASE_FILE_NAME);
    let database: DatabaseSync | undefined;
    try {
      database = new DatabaseSync(path, { timeout: OPEN_BUSY_TIMEOUT_MS });
      database.exec(
        'PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA temp_store = MEMORY; PRAGMA cache_size = -16000',
      );
      if (statSync(path).size <= CHECKED_SIZE) assertSound(database, path);
      migrate(database, path);
      database.exec('PRAGMA busy_timeout = 0');
    } catch (error) {
      database?.close();
      throw databaseError(error, path);
    }
    return new EmbeddedDatabase(database, path, options);
  }

  private constructor(database: DatabaseSync, path: string, options: EmbeddedDatabaseOptions) {
    this.#database = database;
    this.path = path;
    this.clock = options.clock;
    this.#batcher = new WriteBatcher(database, path, options.clock, options.entropy);
  }

  /** The prepared statement for this text; prepared once. */
  statement(sql: string): StatementSync {
    let statement = this.#statements.get(sql);
    if (statement === undefined) {
      statement = this.#database.prepare(sql);
      this.#statements.set(sql, statement);
    }
    return statement;
  }

  /** Runs synchronous statements that only read. */
  async read<T>(query: () => T): Promise<T> {
    for (let tries = 1; ; tries += 1) {
      try {
        return query();
      } catch (error) {
        if (!isBusy(error) || tries >= READ_TRIES) throw databaseError(error, this.path);
        await this.clock.sleep(READ_WAIT_MS);
      }
    }
  }

  /** Runs synchronous statements in a transaction shared with other writes; answers once they are durable. */
  write<T>(run: (commit: PendingCommit) => T): Promise<T> {
    return this.#batcher.write(run);
  }

  /** A number that changes when another process has committed, never by our own commits. */
  dataVersion(): number {
    return Number(this.statement('PRAGMA data_version').get()?.data_version);
  }

  stats(): WriteStats {
    return this.#batcher.stats();
  }

  /** Checks every page of the file; fails with DATABASE_CORRUPT. Takes about a second per 100 MB. */
  assertSound(): void {
    try {
      assertSound(this.#database, this.path);
    } catch (error) {
      throw databaseError(error, this.path);
    }
  }

  async close(): Promise<void> {
    await this.#batcher.close();
    if (this.#database.isOpen) this.#database.close();
  }
}

function assertSound(database: DatabaseSync, path: string): void {
  const [first] = database.prepare('PRAGMA quick_check(1)').all();
  const finding = first === undefined ? 'no answer' : String(Object.values(first)[0]);
  if (finding === 'ok') return;
  throw new OrchestratorError('DATABASE_CORRUPT', `${path} is damaged: ${finding}`, {
    context: { path },
    hint: 'Stop every instance, move the file and its -wal and -shm companions away, then restore a copy or start anew: the position comes from the contract.',
  });
}
