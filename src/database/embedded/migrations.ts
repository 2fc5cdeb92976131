import type { DatabaseSync } from 'node:sqlite';
import { OrchestratorError } from '../../errors/orchestrator-error.ts';
import { SCHEMA_VERSION } from '../../jobs/job.ts';

/** `PRAGMA application_id` of our files: "SNOR". */
const APPLICATION_ID = 0x534e4f52;

/**
 * One entry per version; `PRAGMA user_version` is the number of entries that were applied. Entries are never edited.
 *
 * A job is one JSON document plus the columns that are queried. `completed_counts` lets `counts()` leave finished jobs
 * alone, however many there are. Message numbers are never used twice (AUTOINCREMENT): a receipt is number and delivery.
 */
const MIGRATIONS: readonly string[] = [
  `
  CREATE TABLE jobs (
    seq            INTEGER PRIMARY KEY,
    id             TEXT    NOT NULL UNIQUE,
    job_type       TEXT    NOT NULL,
    internal_id    INTEGER NOT NULL,
    status         TEXT    NOT NULL,
    version        INTEGER NOT NULL,
    lease_token    INTEGER,
    next_action_at INTEGER,
    created_at     INTEGER NOT NULL,
    updated_at     INTEGER NOT NULL,
    document       TEXT    NOT NULL
  ) STRICT;
  CREATE UNIQUE INDEX jobs_by_range ON jobs (job_type, internal_id);
  CREATE INDEX jobs_by_status ON jobs (job_type, status, internal_id);
  CREATE INDEX jobs_due ON jobs (next_action_at) WHERE next_action_at IS NOT NULL;

  CREATE TABLE completed_counts (job_type TEXT PRIMARY KEY, count INTEGER NOT NULL) STRICT, WITHOUT ROWID;
  CREATE TRIGGER job_inserted_completed AFTER INSERT ON jobs WHEN NEW.status = 'Completed' BEGIN
    INSERT INTO completed_counts VALUES (NEW.job_type, 1) ON CONFLICT DO UPDATE SET count = count + 1;
  END;
  CREATE TRIGGER job_completed AFTER UPDATE OF status ON jobs WHEN NEW.status = 'Completed' AND OLD.status <> 'Completed' BEGIN
    INSERT INTO completed_counts VALUES (NEW.job_type, 1) ON CONFLICT DO UPDATE SET count = count + 1;
  END;
  CREATE TRIGGER job_reopened AFTER UPDATE OF status ON jobs WHEN OLD.status = 'Completed' AND NEW.status <> 'Completed' BEGIN
    UPDATE completed_counts SET count = count - 1 WHERE job_type = NEW.job_type;
  END;

  CREATE TABLE messages (
    seq           INTEGER PRIMARY KEY AUTOINCREMENT,
    queue         TEXT    NOT NULL,
    visible_at    INTEGER NOT NULL,
    expires_at    INTEGER NOT NULL,
    receive_count INTEGER NOT NULL,
    body          TEXT    NOT NULL,
    attributes    TEXT    NOT NULL
  ) STRICT;
  CREATE INDEX messages_by_visibility ON messages (queue, visible_at);

  CREATE TABLE intents (
    key         TEXT    PRIMARY KEY,
    first_block INTEGER NOT NULL,
    version     INTEGER NOT NULL,
    document    TEXT    NOT NULL
  ) STRICT;
  CREATE INDEX intents_by_block ON intents (first_block);

  CREATE TABLE locks (
    key        TEXT    PRIMARY KEY,
    owner      TEXT,
    token      INTEGER NOT NULL,
    expires_at INTEGER NOT NULL
  ) STRICT;

  CREATE TABLE identity (id INTEGER PRIMARY KEY CHECK (id = 1), document TEXT NOT NULL) STRICT;
  `,
  `
  CREATE TABLE parked_messages (id TEXT PRIMARY KEY, parked_at INTEGER NOT NULL, document TEXT NOT NULL) STRICT;
  CREATE INDEX parked_messages_by_time ON parked_messages (parked_at DESC, id);
  `,
  `
  CREATE INDEX claims_by_expiry ON locks (expires_at) WHERE key GLOB 'alert:*' OR key GLOB 'alert-telling:*';
  `,
];

/** Brings a file to the newest schema; refuses one that is not ours, too new, or holds documents of another shape. */
export function migrate(database: DatabaseSync, path: string): void {
  // The lock comes first: two processes may start on an empty directory at once.
  database.exec('BEGIN IMMEDIATE');
  try {
    const version = pragma(database, 'user_version');
    assertOurs(database, path, version);
    if (version < MIGRATIONS.length) {
      for (const statements of MIGRATIONS.slice(version)) database.exec(statements);
      database.exec(`PRAGMA application_id = ${APPLICATION_ID}; PRAGMA user_version = ${MIGRATIONS.length}`);
    }
    database.exec('COMMIT');
  } catch (error) {
    if (database.isTransaction) database.exec('ROLLBACK');
    throw error;
  }
}

function assertOurs(database: DatabaseSync, path: string, version: number): void {
  const tables = database
    .prepare("SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%'")
    .all();
  if (tables.length === 0 && version === 0) return;
  if (pragma(database, 'application_id') !== APPLICATION_ID) {
    throw new OrchestratorError('SCHEMA_UNSUPPORTED', `${path} is a database of another program.`, {
      context: { path },
      hint: 'Choose another data directory.',
    });
  }
  if (version > MIGRATIONS.length) {
    throw new OrchestratorError(
      'SCHEMA_UNSUPPORTED',
      `${path} has schema ${version}; this release knows schemas up to ${MIGRATIONS.length}.`,
      {
        context: { path, found: version, known: MIGRATIONS.length },
        hint: 'Run the release that wrote it or a newer one.',
      },
    );
  }
  // All documents of a file are of one shape, so its first and last tell for the rest.
  const foreign = database
    .prepare(
      `SELECT id, json_extract(document, '$.schema_version') AS found FROM jobs
       WHERE seq IN ((SELECT MIN(seq) FROM jobs), (SELECT MAX(seq) FROM jobs)) AND found IS NOT ?`,
    )
    .get(SCHEMA_VERSION);
  if (foreign !== undefined) {
    throw new OrchestratorError(
      'SCHEMA_UNSUPPORTED',
      `${path}: job ${String(foreign.id)} has document schema ${String(foreign.found ?? 'none')}, not ${SCHEMA_VERSION}.`,
      {
        context: { path },
        hint: 'Start on a new data directory; the position comes from the contract, so nothing is lost.',
      },
    );
  }
}

function pragma(database: DatabaseSync, name: string): number {
  return Number(database.prepare(`PRAGMA ${name}`).get()?.[name] ?? 0);
}
