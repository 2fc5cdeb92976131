import { type Collection, type Db, type Document, MongoClient } from 'mongodb';
import type { Clock } from '../../clock/clock.ts';
import { OrchestratorError } from '../../errors/orchestrator-error.ts';
import type { Log } from '../../telemetry/log.ts';
import {
  CallTimedOut,
  isInterruption,
  isWorthPreparingAgain,
  type MongoPlace,
  mongoFailure,
  unreadableUrl,
} from './mongo-failure.ts';
import type { CollectionName } from './queries.ts';
import { prepareSchema } from './schema.ts';

/** No call takes longer, whatever the server or the network does. */
const CALL_LIMIT_MS = 10_000;
/** A repetition that has less time than this left is not worth starting. */
const LEAST_TIME_MS = 1_000;
/** Repetitions of an interrupted call: 50, 100, 200, 400, 800, 1600, 1600 ms apart. */
const MAX_TRIES = 8;
const BACKOFF = { firstMs: 50, capMs: 1_600 } as const;
const CONNECTION_LIMITS = {
  serverSelectionTimeoutMS: 5_000,
  connectTimeoutMS: 5_000,
  socketTimeoutMS: 8_000,
  waitQueueTimeoutMS: 5_000,
  maxPoolSize: 50,
} as const;
/** The server itself gives a call up after this, so that what we gave up is not applied much later. */
const SERVER_LIMIT_MS = 7_000;

export interface MongoDatabaseOptions {
  /** `mongodb://` or `mongodb+srv://`; holds the password, so it appears in no error and no log. */
  readonly url: string;
  readonly databaseName: string;
  readonly clock: Clock;
  readonly log: Log;
}

/** How a call is being made. */
export interface Try {
  /** Options for the driver's method. */
  readonly limits: { readonly maxTimeMS: number };
  /** An earlier try was interrupted and may have been applied. */
  readonly repeated: boolean;
}

/**
 * A MongoDB database: single node, replica set, sharded cluster or a compatible server. Writes are acknowledged by a
 * majority, reads come from the primary and see what a majority has. Nothing is used beyond single-document updates.
 *
 * The driver repeats interrupted calls where the server has sessions; `run` repeats them everywhere.
 */
export class MongoDatabase {
  readonly place: MongoPlace;
  readonly clock: Clock;
  readonly #client: MongoClient;
  readonly #db: Db;
  readonly #log: Log;

  /**
   * Connects, brings indexes and schema up to date. Fails with CONFIG_INVALID (URL, login), SCHEMA_UNSUPPORTED (documents
   * or schema of another program or release) or DATABASE_UNAVAILABLE.
   */
  static async open(options: MongoDatabaseOptions): Promise<MongoDatabase> {
    const database = MongoDatabase.#unconnected(options);
    try {
      await database.#client.connect();
      const prepare = (): Promise<void> => prepareSchema(database.#db, database.place);
      await database.run('prepare the schema', prepare, isWorthPreparingAgain);
      return database;
    } catch (error) {
      await database.close();
      throw mongoFailure(error, database.place, 'open the database', true);
    }
  }

  static #unconnected(options: MongoDatabaseOptions): MongoDatabase {
    let client: MongoClient;
    try {
      client = new MongoClient(options.url, {
        appName: 'starknet-orchestrator',
        writeConcern: { w: 'majority' },
        readConcern: { level: 'majority' },
        readPreference: 'primary',
        ...CONNECTION_LIMITS,
      });
    } catch (error) {
      throw unreadableUrl(error);
    }
    try {
      return new MongoDatabase(client, client.db(options.databaseName), options);
    } catch (cause) {
      throw new OrchestratorError('CONFIG_INVALID', `"${options.databaseName}" is no name of a MongoDB database.`, {
        cause,
        hint: 'Use letters, digits, - and _.',
      });
    }
  }

  private constructor(client: MongoClient, db: Db, { databaseName, clock, log }: MongoDatabaseOptions) {
    this.#client = client;
    this.#db = db;
    this.clock = clock;
    this.place = {
      host: client.options.srvHost ?? client.options.hosts.map((host) => host.toString()).join(','),
      databaseName,
    };
    this.#log = log.child({ mongodb: this.place.host });
  }

  collection<T extends Document>(name: CollectionName): Collection<T> {
    return this.#db.collection<T>(name);
  }

  /**
   * Makes a call that may be made again: it is repeated, for a few seconds, while the server is interrupted. A call that
   * finds `repeated` set must find out itself whether an earlier try was applied. Ends within 10 s; fails with
   * DATABASE_UNAVAILABLE. `isPassing` tells which failures a repetition may mend.
   */
  async run<T>(
    action: string,
    call: (attempt: Try) => Promise<T>,
    isPassing: (error: unknown) => boolean = isInterruption,
  ): Promise<T> {
    let cancel = (): void => undefined;
    const deadline = { passed: false };
    const tooLate = new Promise<never>((_, reject) => {
      cancel = this.clock.after(CALL_LIMIT_MS, () => {
        deadline.passed = true;
        reject(new CallTimedOut(`no answer within ${CALL_LIMIT_MS} ms`));
      });
    });
    try {
      return await Promise.race([this.#repeating(action, call, isPassing, deadline), tooLate]);
    } catch (error) {
      throw mongoFailure(error, this.place, action);
    } finally {
      cancel();
    }
  }

  /** Fails with DATABASE_UNAVAILABLE unless the server answers. */
  async ping(): Promise<void> {
    await this.run('ping', () => this.#db.command({ ping: 1 }));
  }

  async close(): Promise<void> {
    await this.#client.close();
  }

  async #repeating<T>(
    action: string,
    call: (attempt: Try) => Promise<T>,
    isPassing: (error: unknown) => boolean,
    deadline: { readonly passed: boolean },
  ): Promise<T> {
    const end = this.clock.now() + CALL_LIMIT_MS - LEAST_TIME_MS;
    for (let tries = 1, waitMs: number = BACKOFF.firstMs; ; tries += 1, waitMs = Math.min(BACKOFF.capMs, waitMs * 2)) {
      try {
        return await call({ limits: { maxTimeMS: SERVER_LIMIT_MS }, repeated: tries > 1 });
      } catch (error) {
        const late = deadline.passed || this.clock.now() + waitMs > end;
        if (!isPassing(error) || late || tries >= MAX_TRIES) throw error;
        this.#log.debug({ action, tries, err: error }, 'call interrupted, trying again');
      }
      await this.clock.sleep(waitMs);
    }
  }
}
