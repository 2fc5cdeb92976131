import { MemoryIntentStore } from '../../src/database/memory/memory-intent-store.ts';
import { MemoryJobStore } from '../../src/database/memory/memory-job-store.ts';
import { MemoryLockStore } from '../../src/database/memory/memory-lock-store.ts';
import { MemoryParkedMessageStore } from '../../src/database/memory/memory-parked-message-store.ts';
import { MemoryQueues } from '../../src/queues/memory/memory-queues.ts';
import { MemoryObjectStore } from '../../src/storage/memory/memory-object-store.ts';
import { intentStoreSuite } from './intent-store.suite.ts';
import { jobStoreSuite } from './job-store.suite.ts';
import { lockStoreSuite } from './lock-store.suite.ts';
import { objectStoreSuite } from './object-store.suite.ts';
import { parkedMessageStoreSuite } from './parked-message-store.suite.ts';
import { queueSuite } from './queue.suite.ts';
import { queueModelSuite } from './queue-model.suite.ts';

const dispose = async (): Promise<void> => {};

jobStoreSuite('memory', async () => ({ store: new MemoryJobStore(), dispose }));
lockStoreSuite('memory', async (clock) => ({ locks: new MemoryLockStore(clock), dispose }));
intentStoreSuite('memory', async () => ({ intents: new MemoryIntentStore(), dispose }));
queueSuite('memory', async (clock) => ({ queues: new MemoryQueues(clock), dispose }));
queueModelSuite('memory', async (clock) => ({ queues: new MemoryQueues(clock), dispose }));
objectStoreSuite('memory', async () => ({ objects: new MemoryObjectStore(), dispose }));
parkedMessageStoreSuite('memory', async () => ({ parked: new MemoryParkedMessageStore(), dispose }));
