import { createWriteStream } from 'node:fs';
import type { Readable } from 'node:stream';
import { LOCAL_REGION, LOCALSTACK_SERVICES } from '../../../scripts/services/localstack-server.ts';
import type { AwsFacts, KeptService, MongoFacts } from './kept-service.ts';

/** The images that docker-compose.yml and the workflow use too; a test compares them. */
export const LOCALSTACK_IMAGE = 'localstack/localstack:4.13.1';
export const MONGO_IMAGE = 'mongo:8';

const LOCALSTACK_PORT = 4566;
const MONGO_PORT = 27017;

/** Waits for the member to be primary: the first write would fail before. */
const INITIATE = `
  try { rs.status() } catch { rs.initiate({ _id: 'rs0', members: [{ _id: 0, host: '127.0.0.1:${MONGO_PORT}' }] }) }
  while (!db.hello().isWritablePrimary) sleep(100)`;

/** Whether testcontainers finds an engine that answers. */
export async function hasContainerEngine(): Promise<boolean> {
  const { getContainerRuntimeClient } = await import('testcontainers');
  try {
    await getContainerRuntimeClient();
    return true;
  } catch {
    // It throws for each way of having none.
    return false;
  }
}

export async function startLocalStackContainer(logFile: string): Promise<KeptService<AwsFacts>> {
  const { GenericContainer, Wait } = await import('testcontainers');
  const container = await new GenericContainer(LOCALSTACK_IMAGE)
    .withExposedPorts(LOCALSTACK_PORT)
    .withEnvironment({ SERVICES: LOCALSTACK_SERVICES, DISABLE_EVENTS: '1', SKIP_SSL_CERT_DOWNLOAD: '1' })
    .withLogConsumer((stream) => void into(stream, logFile))
    .withWaitStrategy(Wait.forHttp('/_localstack/health', LOCALSTACK_PORT))
    .start();
  const endpoint = `http://${container.getHost()}:${container.getMappedPort(LOCALSTACK_PORT)}`;
  return {
    facts: { endpoint, region: LOCAL_REGION, logFile },
    stop: async () => {
      await container.stop();
    },
  };
}

/** A replica set of one, as retryable and majority writes want it. */
export async function startMongoContainer(logFile: string): Promise<KeptService<MongoFacts>> {
  const { GenericContainer, Wait } = await import('testcontainers');
  const container = await new GenericContainer(MONGO_IMAGE)
    .withExposedPorts(MONGO_PORT)
    .withCommand(['mongod', '--replSet', 'rs0', '--bind_ip_all'])
    .withLogConsumer((stream) => void into(stream, logFile))
    .withWaitStrategy(Wait.forLogMessage(/Waiting for connections/))
    .start();
  const { exitCode, output } = await container.exec(['mongosh', '--quiet', '--eval', INITIATE]);
  if (exitCode !== 0) {
    await container.stop();
    throw new Error(`the replica set could not be initiated: ${output}`);
  }
  // The member's name is good inside the container only, so the driver must not look for it.
  const url = `mongodb://${container.getHost()}:${container.getMappedPort(MONGO_PORT)}/?directConnection=true`;
  return {
    facts: { url },
    stop: async () => {
      await container.stop();
    },
  };
}

function into(stream: Readable, file: string): void {
  stream.pipe(createWriteStream(file, { flags: 'a' }));
}
