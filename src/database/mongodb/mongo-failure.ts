import {
  MongoAPIError,
  MongoMissingCredentialsError,
  MongoNetworkError,
  MongoServerError,
  MongoSystemError,
  MongoWriteConcernError,
} from 'mongodb';
import { OrchestratorError } from '../../errors/orchestrator-error.ts';

/** Server codes (https://github.com/mongodb/mongo/blob/master/src/mongo/base/error_codes.yml). */
const DUPLICATE_KEY = 11000;
/** Unauthorized, AuthenticationFailed, AtlasError. */
const REFUSED = new Set([13, 18, 8000]);
/**
 * The server cannot do it now but will later: unreachable hosts, time limits, a primary that steps down or shuts down,
 * a write that the majority has not confirmed yet.
 */
const LATER = new Set([6, 7, 50, 64, 89, 91, 100, 133, 134, 136, 175, 189, 202, 262, 290, 317, 358, 384, 9001, 10058]);
const NOT_PRIMARY = new Set([10107, 11600, 11602, 13435, 13436]);
/** Node's look-ups behind `mongodb+srv://`; the driver passes their errors on as they are. */
const NAME_LOOK_UPS = new Set(['querySrv', 'queryTxt']);
/** Errors of the driver that its own state causes: connections that were closed under the call. */
const CONNECTION_ERRORS = new Set([
  'MongoNotConnectedError',
  'MongoServerClosedError',
  'MongoTopologyClosedError',
  'MongoClientClosedError',
]);

/** True when a document with the same unique key exists; told by the code, never by the text. */
export function isDuplicateKey(error: unknown): boolean {
  return error instanceof MongoServerError && error.code === DUPLICATE_KEY;
}

/** True when the server could not be asked or could not finish: whether the call was applied is open. */
export function isInterruption(error: unknown): boolean {
  if (error instanceof CallTimedOut || error instanceof MongoNetworkError || error instanceof MongoSystemError)
    return true;
  if (lookUpCode(error) !== undefined) return true;
  if (error instanceof MongoServerError) {
    return (
      // Applied here, but not known to be on a majority.
      error instanceof MongoWriteConcernError ||
      hasCode(error, LATER) ||
      hasCode(error, NOT_PRIMARY) ||
      error.hasErrorLabel('RetryableWriteError') ||
      error.hasErrorLabel('RetryableError')
    );
  }
  return (error instanceof MongoAPIError && CONNECTION_ERRORS.has(error.name)) || isPoolError(error);
}

/**
 * True when making indexes and collections again may succeed: instances that start at the same moment get into each other's
 * way, which servers answer with many codes.
 */
export function isWorthPreparingAgain(error: unknown): boolean {
  return isInterruption(error) || (error instanceof MongoServerError && !isRefusal(error));
}

/** A call that was given up because its time was over; it may still be applied. */
export class CallTimedOut extends Error {
  override readonly name = 'CallTimedOut';
}

/** Where the database is, without what must stay secret. */
export interface MongoPlace {
  /** `host:port`, several separated by commas. */
  readonly host: string;
  readonly databaseName: string;
}

/**
 * A failure of the driver in our terms. What the network, the time or a change of primary caused is `dependency-down`: it
 * costs no attempt and goes on by itself. So does a refused login while the program runs (a password that is being
 * changed); `starting` makes it CONFIG_INVALID.
 */
export function mongoFailure(cause: unknown, { host }: MongoPlace, action: string, starting = false): unknown {
  if (cause instanceof OrchestratorError || !isDriverError(cause)) return cause;
  const code = cause instanceof MongoServerError ? cause.code : undefined;
  const kind = lookUpCode(cause) ?? cause.name;
  const context = { host, error: kind, ...(typeof code === 'number' ? { mongodb: code } : {}) };
  const down = { retry: 'dependency-down', dependency: 'mongodb', context, cause } as const;
  if (isRefusal(cause)) {
    const hint =
      'Check user, password and authSource of the connection URL, and that the user may read and write this database.';
    const text = `MongoDB at ${host} refuses the login or the permission: cannot ${action}`;
    return starting
      ? new OrchestratorError('CONFIG_INVALID', text, { context, cause, hint })
      : new OrchestratorError('DATABASE_UNAVAILABLE', text, { ...down, hint });
  }
  if (isInterruption(cause)) {
    return new OrchestratorError(
      'DATABASE_UNAVAILABLE',
      `MongoDB at ${host} does not answer (${kind}): cannot ${action}`,
      {
        ...down,
        hint: 'Check that the server runs and is reachable.',
      },
    );
  }
  return new OrchestratorError(
    'DATABASE_UNAVAILABLE',
    `MongoDB at ${host} fails (${kind}): cannot ${action}: ${cause.message}`,
    {
      retry: 'transient',
      context,
      cause,
    },
  );
}

/**
 * A connection URL that the driver cannot read. Neither its words nor its error are repeated: both quote the URL, which
 * holds a password.
 */
export function unreadableUrl(cause: unknown): OrchestratorError {
  const kind = cause instanceof Error ? cause.name : 'unknown error';
  return new OrchestratorError('CONFIG_INVALID', `The MongoDB connection URL cannot be used (${kind}).`, {
    hint: 'Write mongodb://user:password@host:27017/?replicaSet=name, with special characters of the password percent-encoded.',
  });
}

function isRefusal(error: Error): boolean {
  if (error instanceof MongoServerError) return hasCode(error, REFUSED);
  return error instanceof MongoMissingCredentialsError;
}

function isDriverError(error: unknown): error is Error {
  if (error instanceof CallTimedOut || lookUpCode(error) !== undefined) return true;
  return error instanceof Error && /^(Mongo|BSON)/.test(error.name);
}

/** Why a name could not be looked up, for example `ENOTFOUND` or `ESERVFAIL`; undefined for any other error. */
function lookUpCode(error: unknown): string | undefined {
  if (typeof error !== 'object' || error === null || !('syscall' in error) || !('code' in error)) return undefined;
  return NAME_LOOK_UPS.has(String(error.syscall)) ? String(error.code) : undefined;
}

function isPoolError(error: unknown): boolean {
  return (
    error instanceof Error && /^Mongo(WaitQueueTimeout|PoolCleared|PoolClosed|PoolClearedOnNetwork)/.test(error.name)
  );
}

function hasCode(error: MongoServerError, codes: ReadonlySet<number>): boolean {
  return typeof error.code === 'number' && codes.has(error.code);
}
