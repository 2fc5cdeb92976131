import type {
  InfrastructureConfig,
  MongoConfig,
  S3Config,
  SnsConfig,
  SqsConfig,
} from '../../config/infrastructure-config.ts';
import { OrchestratorError } from '../../errors/orchestrator-error.ts';
import type { Surroundings } from '../open-infrastructure.ts';
import { QUEUES_IN_USE } from '../queues-in-use.ts';
import { awsAccess, type OnAws, openBucket, openMongo, openSqs, openTopic } from '../systems.ts';
import { type CheckOutcome, type CheckResult, check, failed, ok } from './check.ts';

/** Every system that the configuration chooses, each by its name: it answers, and what is needed of it is there. */
export async function infrastructureChecks(config: InfrastructureConfig, around: Surroundings): Promise<CheckResult[]> {
  const { database, aws, queues, objects, alerts, dataDir } = config;
  const checks: Promise<CheckResult[]>[] = [];
  if (database.kind === 'mongodb') checks.push(mongoChecks(database, around));
  if (aws !== undefined) {
    const onAws = { aws, access: awsAccess(aws, around.onAwsCall) };
    if (queues.kind === 'sqs') checks.push(queueChecks(queues, onAws, around));
    if (objects.kind === 's3') checks.push(bucketCheck(objects, onAws, dataDir, around));
    if (alerts.kind === 'sns') checks.push(topicCheck(alerts, onAws));
  }
  return (await Promise.all(checks)).flat();
}

async function mongoChecks(config: MongoConfig, around: Surroundings): Promise<CheckResult[]> {
  let opened: Awaited<ReturnType<typeof openMongo>> | undefined;
  const answers = await check('MongoDB', async () => {
    opened = await openMongo(config, around);
    await opened.ping();
    return ok(`database ${opened.place.databaseName} at ${opened.place.host}`);
  });
  const database = opened;
  if (database === undefined) return [answers];
  try {
    const { compareAndSetCheck } = await import('../../database/mongodb/compare-and-set-check.ts');
    const atomic = check('MongoDB updates', async () => judgeUpdates(await compareAndSetCheck(database)));
    return [answers, await atomic];
  } finally {
    await database.close();
  }
}

function judgeUpdates({ attempts, won }: { readonly attempts: number; readonly won: number }): CheckOutcome {
  if (won === 1) return ok(`atomic: one of ${attempts} concurrent conditional updates won`);
  if (won === 0) {
    return failed(`none of ${attempts} concurrent conditional updates won`, 'The server was interrupted: try again.');
  }
  return failed(
    `${won} of ${attempts} concurrent conditional updates won, and only one may`,
    'This server cannot be used, jobs would be worked on twice: use MongoDB itself, or a server that updates documents atomically.',
  );
}

async function queueChecks(config: SqsConfig, onAws: OnAws, around: Surroundings): Promise<CheckResult[]> {
  const [first, ...others] = QUEUES_IN_USE;
  let queues: Awaited<ReturnType<typeof openSqs>> | undefined;
  let isThere = true;
  const look = async (name: (typeof QUEUES_IN_USE)[number]): Promise<CheckOutcome> => {
    queues ??= await openSqs(config, onAws, around);
    const { ready, delayed, inFlight } = await queues.queue(name).depth();
    return ok(`there, about ${ready + delayed + inFlight} message(s)`);
  };
  try {
    if (first === undefined) return [];
    const found = await check(`queue ${first}`, async () => {
      try {
        return await look(first);
      } catch (error) {
        isThere = isMissing(error);
        throw error;
      }
    });
    // Without the service every other check would say the same again.
    if (!isThere) return [{ ...found, name: 'SQS' }];
    return [found, ...(await Promise.all(others.map((name) => check(`queue ${name}`, () => look(name)))))];
  } finally {
    await queues?.close();
  }
}

function isMissing(error: unknown): boolean {
  return (
    error instanceof OrchestratorError && /QueueDoesNotExist|NonExistentQueue/.test(String(error.context.error ?? ''))
  );
}

async function bucketCheck(
  config: S3Config,
  onAws: OnAws,
  dataDir: string,
  { clock }: Surroundings,
): Promise<CheckResult[]> {
  const result = await check('S3 bucket', async () => {
    const objects = await openBucket(config, onAws, dataDir, clock);
    try {
      await objects.check();
      return ok(`${objects.bucket} is there`);
    } finally {
      objects.close();
    }
  });
  return [result];
}

async function topicCheck(config: SnsConfig, onAws: OnAws): Promise<CheckResult[]> {
  const result = await check('SNS topic', async () => {
    const topic = await openTopic(config, onAws);
    try {
      await topic.check();
      return ok('there');
    } finally {
      topic.close();
    }
  });
  return [result];
}
