import { join } from 'node:path';
import { LogAlertSink } from '../alerts/log-alert-sink.ts';
import type { Clock, Entropy } from '../clock/clock.ts';
import { EmbeddedDatabase } from '../database/embedded/embedded-database.ts';
import { EmbeddedIntentStore } from '../database/embedded/embedded-intent-store.ts';
import { EmbeddedJobStore } from '../database/embedded/embedded-job-store.ts';
import { EmbeddedLockStore } from '../database/embedded/embedded-lock-store.ts';
import { EmbeddedParkedMessageStore } from '../database/embedded/embedded-parked-message-store.ts';
import { withoutDelivered } from '../jobs/lifecycle.ts';
import { EmbeddedQueues } from '../queues/embedded/embedded-queues.ts';
import { encodeJobMessage } from '../queues/job-queues.ts';
import { FilesystemObjectStore } from '../storage/filesystem/filesystem-object-store.ts';
import type { Log } from '../telemetry/log.ts';
import type { Infrastructure } from './infrastructure.ts';
import { VERSION } from './version.ts';

/**
 * Everything in one directory: jobs, queues, intents and locks in one SQLite file, objects beside it, alerts in the log.
 * Several processes of one host may share it. Fails with the errors of {@link EmbeddedDatabase.open}.
 */
export async function openEmbedded(
  directory: string,
  clock: Clock,
  entropy: Entropy,
  log: Log,
): Promise<Infrastructure> {
  const database = EmbeddedDatabase.open({ directory, clock, entropy });
  try {
    const queues = new EmbeddedQueues(database);
    const store = new EmbeddedJobStore(database, {
      queues,
      message: (job, wake) => encodeJobMessage(job.id, wake.sequence, wake.phase, VERSION, 0),
      withoutDelivered,
    });
    return {
      store,
      queues,
      locks: new EmbeddedLockStore(database),
      intents: new EmbeddedIntentStore(database),
      parked: new EmbeddedParkedMessageStore(database),
      objects: await FilesystemObjectStore.open({ directory: join(directory, 'objects'), clock, entropy }),
      alerts: new LogAlertSink(log),
      close: async () => {
        await queues.close();
        await database.close();
      },
    };
  } catch (error) {
    await database.close();
    throw error;
  }
}
