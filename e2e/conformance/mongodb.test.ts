import { randomUUID } from 'node:crypto';
import { MongoClient } from 'mongodb';
import type { Clock } from '../../src/clock/clock.ts';
import { systemClock } from '../../src/clock/system-clock.ts';
import { MongoDatabase } from '../../src/database/mongodb/mongo-database.ts';
import { MongoIntentStore } from '../../src/database/mongodb/mongo-intent-store.ts';
import { MongoJobStore } from '../../src/database/mongodb/mongo-job-store.ts';
import { MongoLockStore } from '../../src/database/mongodb/mongo-lock-store.ts';
import { MongoParkedMessageStore } from '../../src/database/mongodb/mongo-parked-message-store.ts';
import { silentLog } from '../../src/telemetry/log.ts';
import { intentStoreSuite } from '../../test/conformance/intent-store.suite.ts';
import { jobStoreSuite } from '../../test/conformance/job-store.suite.ts';
import { lockStoreSuite } from '../../test/conformance/lock-store.suite.ts';
import { parkedMessageStoreSuite } from '../../test/conformance/parked-message-store.suite.ts';
import { mongoServer } from '../support/services/services.ts';

/** A database of its own for every test, dropped after it. */
async function openDatabase(clock: Clock = systemClock) {
  const { url } = await mongoServer();
  const databaseName = `conformance_${randomUUID().slice(0, 8)}`;
  const database = await MongoDatabase.open({ url, databaseName, clock, log: silentLog });
  const dispose = async (): Promise<void> => {
    await database.close();
    const client = await MongoClient.connect(url);
    await client.db(databaseName).dropDatabase();
    await client.close();
  };
  return { database, dispose };
}

jobStoreSuite('MongoDB', async () => {
  const { database, dispose } = await openDatabase();
  return { store: new MongoJobStore(database), dispose };
});

intentStoreSuite('MongoDB', async () => {
  const { database, dispose } = await openDatabase();
  return { intents: new MongoIntentStore(database), dispose };
});

lockStoreSuite('MongoDB', async (clock) => {
  const { database, dispose } = await openDatabase(clock);
  return { locks: new MongoLockStore(database), dispose };
});

parkedMessageStoreSuite('MongoDB', async () => {
  const { database, dispose } = await openDatabase();
  return { parked: new MongoParkedMessageStore(database), dispose };
});
