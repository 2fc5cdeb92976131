import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Clock } from '../../src/clock/clock.ts';
import { systemClock, systemEntropy } from '../../src/clock/system-clock.ts';
import { EmbeddedDatabase } from '../../src/database/embedded/embedded-database.ts';
import { EmbeddedIntentStore } from '../../src/database/embedded/embedded-intent-store.ts';
import { EmbeddedJobStore } from '../../src/database/embedded/embedded-job-store.ts';
import { EmbeddedLockStore } from '../../src/database/embedded/embedded-lock-store.ts';
import { EmbeddedParkedMessageStore } from '../../src/database/embedded/embedded-parked-message-store.ts';
import { withoutDelivered } from '../../src/jobs/lifecycle.ts';
import { EmbeddedQueues } from '../../src/queues/embedded/embedded-queues.ts';
import { encodeJobMessage } from '../../src/queues/job-queues.ts';
import { FilesystemObjectStore } from '../../src/storage/filesystem/filesystem-object-store.ts';
import { intentStoreSuite } from './intent-store.suite.ts';
import { jobStoreSuite } from './job-store.suite.ts';
import { lockStoreSuite } from './lock-store.suite.ts';
import { objectStoreSuite } from './object-store.suite.ts';
import { parkedMessageStoreSuite } from './parked-message-store.suite.ts';
import { queueSuite } from './queue.suite.ts';
import { queueModelSuite } from './queue-model.suite.ts';

async function openDatabase(clock: Clock = systemClock) {
  const directory = await mkdtemp(join(tmpdir(), 'embedded-'));
  const database = EmbeddedDatabase.open({ directory, clock, entropy: systemEntropy });
  const dispose = async (): Promise<void> => {
    await database.close();
    await rm(directory, { recursive: true });
  };
  return { database, dispose };
}

jobStoreSuite('embedded', async () => {
  const { database, dispose } = await openDatabase();
  return { store: new EmbeddedJobStore(database), dispose };
});

jobStoreSuite('embedded, with delivery', async () => {
  const { database, dispose } = await openDatabase();
  const delivery = {
    queues: new EmbeddedQueues(database),
    withoutDelivered,
    message: (job: { id: string }, wake: { sequence: number; phase: 'process' | 'verify' }) =>
      encodeJobMessage(job.id, wake.sequence, wake.phase, '0.1.0', 0),
  };
  return { store: new EmbeddedJobStore(database, delivery), dispose };
});

lockStoreSuite('embedded', async (clock) => {
  const { database, dispose } = await openDatabase(clock);
  return { locks: new EmbeddedLockStore(database), dispose };
});

intentStoreSuite('embedded', async () => {
  const { database, dispose } = await openDatabase();
  return { intents: new EmbeddedIntentStore(database), dispose };
});

queueSuite('embedded', async (clock) => {
  const { database, dispose } = await openDatabase(clock);
  return { queues: new EmbeddedQueues(database), dispose };
});

queueModelSuite('embedded', async (clock) => {
  const { database, dispose } = await openDatabase(clock);
  return { queues: new EmbeddedQueues(database), dispose };
});

objectStoreSuite('file system', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'objects-'));
  const objects = await FilesystemObjectStore.open({ directory, clock: systemClock, entropy: systemEntropy });
  return { objects, dispose: () => rm(directory, { recursive: true }) };
});

parkedMessageStoreSuite('embedded', async () => {
  const { database, dispose } = await openDatabase();
  return { parked: new EmbeddedParkedMessageStore(database), dispose };
});
