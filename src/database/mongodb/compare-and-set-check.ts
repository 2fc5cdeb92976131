import { type Filter, ObjectId } from 'mongodb';
import type { MongoDatabase } from './mongo-database.ts';
import { filterFor, QUERIES } from './queries.ts';
import { leaveMark, newMark, wasWritten } from './write-mark.ts';

interface ScratchDocument {
  readonly _id: ObjectId;
  readonly version: number;
  readonly recent_writes: readonly ObjectId[];
}

/** Attempts that are made at once, and how many were told that they won. Only one may. */
export interface CompareAndSetResult {
  readonly attempts: number;
  readonly won: number;
}

const ATTEMPTS = 40;
/** Documents older than this were left by a check that was ended in the middle. */
const LEFT_OVER_MS = 3_600_000;

/**
 * Whether conditional updates are atomic on this server: many at once on one scratch document, all with the same
 * condition. Everything rests on that, and some compatible servers let several of them through. Each has
 * a connection of its own by then, so that they really meet. Fails with DATABASE_UNAVAILABLE when the server does not answer.
 */
export async function compareAndSetCheck(database: MongoDatabase): Promise<CompareAndSetResult> {
  const scratch = database.collection<ScratchDocument>('scratch');
  const _id = new ObjectId();
  const filter = (version?: number): Filter<ScratchDocument> =>
    filterFor(QUERIES.scratchById, { _id }, version === undefined ? {} : { version });
  const tries = Array.from({ length: ATTEMPTS });
  await database.run('write a scratch document', ({ limits }) =>
    scratch.updateOne(filter(), { $setOnInsert: { version: 0, recent_writes: [] } }, { ...limits, upsert: true }),
  );
  try {
    await Promise.all(tries.map(() => database.ping()));
    const updates = tries.map(() => {
      const mark = newMark();
      return database.run('change a scratch document', async ({ limits, repeated }) => {
        const { matchedCount } = await scratch.updateOne(
          filter(0),
          { $set: { version: 1 }, ...leaveMark(mark) },
          limits,
        );
        return matchedCount > 0 || (repeated && wasWritten(await scratch.findOne(filter(), limits), mark, 1));
      });
    });
    const won = (await Promise.all(updates)).filter(Boolean).length;
    return { attempts: ATTEMPTS, won };
  } finally {
    const old = ObjectId.createFromTime(Math.max(0, Math.floor((database.clock.now() - LEFT_OVER_MS) / 1000)));
    await database.run('remove scratch documents', async ({ limits }) => {
      await scratch.deleteOne(filter(), limits);
      await scratch.deleteMany(
        filterFor(QUERIES.scratchLeftOver, { _id: { $lt: old } }) as Filter<ScratchDocument>,
        limits,
      );
    });
  }
}
