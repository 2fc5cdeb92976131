import { type Db, type Document, MongoServerError, type ObjectId } from 'mongodb';
import { OrchestratorError } from '../../errors/orchestrator-error.ts';
import { SCHEMA_VERSION } from '../../jobs/job.ts';
import { isDuplicateKey, type MongoPlace } from './mongo-failure.ts';
import { type CollectionName, filterFor, INDEXES, type IndexDeclaration, QUERIES, sortFor } from './queries.ts';

/** Server codes: no such collection or index; indexes that differ from one of the same name or fields. */
const NAMESPACE_NOT_FOUND = 26;
const INDEX_NOT_FOUND = 27;
const INDEX_CONFLICT = new Set([85, 86]);
const NEW_NAME = 'Start on a new database name; the position comes from the contract, so nothing is lost.';

/**
 * One entry per schema version; the `schema` record of `installation` names the number that were applied. Entries are
 * never edited. Each must be repeatable: several instances may start at once, and each may be ended in the middle.
 */
const MIGRATIONS: readonly ((db: Db) => Promise<void>)[] = [keepExpiredLocks];

/** A record of the collection `installation`, which holds one document per fact about the whole database. */
interface SchemaRecord {
  readonly _id: 'schema';
  readonly version: number;
}

/** The part of a job that tells who wrote it. */
interface JobOrigin {
  readonly _id: ObjectId;
  readonly id?: unknown;
  readonly schema_version?: unknown;
}

/**
 * Brings indexes and schema up to date; may be repeated. Fails with SCHEMA_UNSUPPORTED for a newer schema, for jobs of
 * another document shape (the Rust orchestrator's have no `schema_version`) and for indexes that contradict ours.
 */
export async function prepareSchema(db: Db, place: MongoPlace): Promise<void> {
  const installation = db.collection<SchemaRecord>('installation');
  const applied = (await installation.findOne({ _id: 'schema' }))?.version ?? 0;
  if (applied > MIGRATIONS.length) {
    throw new OrchestratorError(
      'SCHEMA_UNSUPPORTED',
      `Database ${place.databaseName} has schema ${applied}; this release knows schemas up to ${MIGRATIONS.length}.`,
      {
        context: { ...place, found: applied, known: MIGRATIONS.length },
        hint: 'Run the release that wrote it or a newer one.',
      },
    );
  }
  await assertOurJobs(db, place);
  await createIndexes(db, place);
  if (applied === MIGRATIONS.length) return;
  for (const migrate of MIGRATIONS.slice(applied)) await migrate(db);
  try {
    await installation.updateOne({ _id: 'schema' }, { $max: { version: MIGRATIONS.length } }, { upsert: true });
  } catch (error) {
    // Another instance wrote the record at the same moment, hence the same number or a greater one.
    if (!isDuplicateKey(error)) throw error;
  }
}

/** All documents of a database are of one shape, so its first and last tell for the rest. */
async function assertOurJobs(db: Db, place: MongoPlace): Promise<void> {
  const jobs = db.collection<JobOrigin>('jobs');
  for (const order of ['ascending', 'descending'] as const) {
    const [job] = await jobs
      .find(filterFor(QUERIES.jobEnds, {}), { projection: { id: 1, schema_version: 1 } })
      .sort(sortFor(QUERIES.jobEnds, order))
      .limit(1)
      .toArray();
    if (job === undefined || job.schema_version === SCHEMA_VERSION) continue;
    const found = String(job.schema_version ?? 'none');
    throw new OrchestratorError(
      'SCHEMA_UNSUPPORTED',
      `Database ${place.databaseName}: job ${String(job.id)} has document schema ${found}, not ${SCHEMA_VERSION}; another program or release wrote it.`,
      { context: { ...place, found, known: SCHEMA_VERSION }, hint: NEW_NAME },
    );
  }
}

async function createIndexes(db: Db, place: MongoPlace): Promise<void> {
  const declared: readonly IndexDeclaration[] = Object.values(INDEXES);
  for (const { collection, name, key, unique, builtIn } of declared) {
    if (builtIn) continue;
    try {
      await db.collection(collection).createIndex(Object.fromEntries(key), { name, ...(unique && { unique }) });
    } catch (error) {
      if (!hasServerCode(error, INDEX_CONFLICT)) throw error;
      throw new OrchestratorError(
        'SCHEMA_UNSUPPORTED',
        `Database ${place.databaseName}: collection ${collection} has an index that differs from ${name}; another program made it.`,
        { context: { ...place, collection, index: name }, cause: error, hint: NEW_NAME },
      );
    }
  }
}

/**
 * Existing deployments let the server delete expired locks. Their fencing numbers would begin anew with them, so that
 * index goes: a lock is one small document per name (claims of alerts apart, which housekeeping removes), and its expiry is honoured by whoever acquires it.
 */
async function keepExpiredLocks(db: Db): Promise<void> {
  const locks = db.collection('locks' satisfies CollectionName);
  let indexes: Document[];
  try {
    indexes = await locks.indexes();
  } catch (error) {
    if (hasServerCode(error, new Set([NAMESPACE_NOT_FOUND]))) return;
    throw error;
  }
  for (const { name, expireAfterSeconds } of indexes) {
    if (expireAfterSeconds === undefined) continue;
    try {
      await locks.dropIndex(String(name));
    } catch (error) {
      // Another instance that starts at the same moment was faster.
      if (!hasServerCode(error, new Set([NAMESPACE_NOT_FOUND, INDEX_NOT_FOUND]))) throw error;
    }
  }
}

function hasServerCode(error: unknown, codes: ReadonlySet<number>): boolean {
  return error instanceof MongoServerError && typeof error.code === 'number' && codes.has(error.code);
}
