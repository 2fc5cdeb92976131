import { join } from 'node:path';
import { LogAlertSink } from '../alerts/log-alert-sink.ts';
import type { AwsCallListener } from '../aws/call-counts.ts';
import type { Clock, Entropy } from '../clock/clock.ts';
import type { InfrastructureConfig, MongoConfig } from '../config/infrastructure-config.ts';
import { EmbeddedDatabase } from '../database/embedded/embedded-database.ts';
import { EmbeddedIntentStore } from '../database/embedded/embedded-intent-store.ts';
import { type CoLocatedDelivery, EmbeddedJobStore } from '../database/embedded/embedded-job-store.ts';
import { EmbeddedLockStore } from '../database/embedded/embedded-lock-store.ts';
import { EmbeddedParkedMessageStore } from '../database/embedded/embedded-parked-message-store.ts';
import { withoutDelivered } from '../jobs/lifecycle.ts';
import { EmbeddedQueues } from '../queues/embedded/embedded-queues.ts';
import { encodeJobMessage } from '../queues/job-queues.ts';
import type { QueueSet } from '../queues/queue.ts';
import { FilesystemObjectStore } from '../storage/filesystem/filesystem-object-store.ts';
import type { ObjectStore } from '../storage/object-store.ts';
import type { Log } from '../telemetry/log.ts';
import type { Infrastructure } from './infrastructure.ts';
import { topicAlerts } from './open-alerts.ts';
import { awsAccess, type OnAws, openBucket, openMongo, openSqs, openTopic } from './systems.ts';
import { VERSION } from './version.ts';

export interface Surroundings {
  readonly clock: Clock;
  readonly entropy: Entropy;
  readonly log: Log;
  /** Told of every request to AWS. */
  readonly onAwsCall?: AwsCallListener;
}

type Stores = Pick<Infrastructure, 'store' | 'locks' | 'intents' | 'parked'>;
/** What jobs and their messages are kept in: all that is needed to look at an installation. */
export type JobsAndQueues = Stores & Pick<Infrastructure, 'queues' | 'close'>;

/**
 * Opens every system that the configuration chooses, in any mix. Fails with the error of the first that cannot be opened,
 * after closing those that were.
 */
export async function openInfrastructure(config: InfrastructureConfig, around: Surroundings): Promise<Infrastructure> {
  return await opening(async (opened) => {
    const parts = await openJobParts(config, around, opened);
    const objects = await openObjects(config, around, opened);
    const alerts = await openAlerts(config, around, { locks: parts.locks, objects }, opened);
    return { ...parts, objects, ...alerts };
  });
}

/** Opens database and queues alone. */
export async function openJobsAndQueues(config: InfrastructureConfig, around: Surroundings): Promise<JobsAndQueues> {
  return await opening((opened) => openJobParts(config, around, opened));
}

/** What `open` registers is closed in reverse order, also when it fails half-way. */
async function opening<T extends object>(
  open: (opened: AsyncDisposableStack) => Promise<T>,
): Promise<T & { close(): Promise<void> }> {
  const opened = new AsyncDisposableStack();
  try {
    return { ...(await open(opened)), close: () => opened.disposeAsync() };
  } catch (error) {
    await opened.disposeAsync();
    throw error;
  }
}

async function openJobParts(
  config: InfrastructureConfig,
  around: Surroundings,
  opened: AsyncDisposableStack,
): Promise<Stores & { readonly queues: QueueSet }> {
  let database: EmbeddedDatabase | undefined;
  const sqlite = () => {
    if (database !== undefined) return database;
    const file = openEmbeddedDatabase(config, around);
    opened.defer(() => file.close());
    database = file;
    return file;
  };
  const queues =
    config.queues.kind === 'embedded'
      ? new EmbeddedQueues(sqlite())
      : await openSqs(config.queues, onAws(config, around), around);
  opened.defer(() => queues.close());
  const stores =
    config.database.kind === 'embedded'
      ? embeddedStores(sqlite(), queues instanceof EmbeddedQueues ? queues : undefined)
      : await openMongoStores(config.database, around, opened);
  return { ...stores, queues };
}

/** The file in the data directory. Fails with the errors of `EmbeddedDatabase.open`. */
export function openEmbeddedDatabase(
  { dataDir }: InfrastructureConfig,
  { clock, entropy }: Surroundings,
): EmbeddedDatabase {
  return EmbeddedDatabase.open({ directory: dataDir, clock, entropy });
}

/** Wake-ups are written with their jobs when both are in one file; otherwise the engine sends them afterwards. */
function embeddedStores(database: EmbeddedDatabase, queues: EmbeddedQueues | undefined): Stores {
  const delivery: CoLocatedDelivery | undefined = queues && {
    queues,
    message: (job, wake) => encodeJobMessage(job.id, wake.sequence, wake.phase, VERSION, 0),
    withoutDelivered,
  };
  return {
    store: new EmbeddedJobStore(database, delivery),
    locks: new EmbeddedLockStore(database),
    intents: new EmbeddedIntentStore(database),
    parked: new EmbeddedParkedMessageStore(database),
  };
}

async function openMongoStores(
  config: MongoConfig,
  around: Surroundings,
  opened: AsyncDisposableStack,
): Promise<Stores> {
  const [{ MongoJobStore }, { MongoLockStore }, { MongoIntentStore }, { MongoParkedMessageStore }] = await Promise.all([
    import('../database/mongodb/mongo-job-store.ts'),
    import('../database/mongodb/mongo-lock-store.ts'),
    import('../database/mongodb/mongo-intent-store.ts'),
    import('../database/mongodb/mongo-parked-message-store.ts'),
  ]);
  const mongo = await openMongo(config, around);
  opened.defer(() => mongo.close());
  return {
    store: new MongoJobStore(mongo),
    locks: new MongoLockStore(mongo),
    intents: new MongoIntentStore(mongo),
    parked: new MongoParkedMessageStore(mongo),
  };
}

async function openObjects(
  config: InfrastructureConfig,
  around: Surroundings,
  opened: AsyncDisposableStack,
): Promise<ObjectStore> {
  const { dataDir, objects } = config;
  if (objects.kind === 's3') {
    const bucket = await openBucket(objects, onAws(config, around), dataDir, around.clock);
    opened.defer(() => bucket.close());
    return bucket;
  }
  const { clock, entropy } = around;
  return await FilesystemObjectStore.open({ directory: join(dataDir, 'objects'), clock, entropy });
}

async function openAlerts(
  config: InfrastructureConfig,
  around: Surroundings,
  stores: Pick<Infrastructure, 'locks' | 'objects'>,
  opened: AsyncDisposableStack,
): Promise<Pick<Infrastructure, 'alerts' | 'directAlerts'>> {
  if (config.alerts.kind === 'log') {
    const log = new LogAlertSink(around.log);
    return { alerts: log, directAlerts: log };
  }
  const topic = await openTopic(config.alerts, onAws(config, around));
  opened.defer(() => topic.close());
  return { alerts: topicAlerts({ topic, ...stores, ...around }), directAlerts: topic };
}

function onAws({ aws }: InfrastructureConfig, { onAwsCall }: Surroundings): OnAws {
  if (aws === undefined) throw new Error('a service of AWS is chosen without a way to AWS');
  return { aws, access: awsAccess(aws, onAwsCall) };
}
