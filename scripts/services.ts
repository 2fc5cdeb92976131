import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { installLocalStack } from './services/localstack-installation.ts';
import { LOCAL_CREDENTIALS, LOCAL_REGION, startLocalStack } from './services/localstack-server.ts';
import { installMongoServer } from './services/mongodb-installation.ts';
import { mongoServerUrl, startMongoServer } from './services/mongodb-server.ts';
import type { NativeService } from './services/native-service.ts';
import { SERVICES_FOLDER } from './services/services-folder.ts';

/**
 * Installs and starts LocalStack and a MongoDB-wire server natively, prints how to reach them as shell exports, and stays
 * until Ctrl-C. `--install-only` ends when everything is installed.
 */
const { values } = parseArgs({ options: { 'install-only': { type: 'boolean', default: false } } });
// Standard output has the exports alone, so that a shell can read them.
const log = (line: string): void => console.error(line);

if (values['install-only']) {
  await Promise.all([installLocalStack(log), installMongoServer(log)]);
  log(`native services are installed in ${SERVICES_FOLDER}`);
} else {
  await runUntilInterrupted();
}

async function runUntilInterrupted(): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'orchestrator-services-'));
  const interrupted = new Promise<void>((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, () => resolve());
  });
  const started = await Promise.allSettled([
    startLocalStack({ logFile: join(folder, 'localstack.log'), log }),
    startMongoServer({ logFile: join(folder, 'mongodb.log'), dataFile: join(folder, 'mongodb.data'), log }),
  ]);
  const running = started.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []));
  try {
    const [aws, mongo] = started.map((result) => {
      if (result.status === 'rejected') throw result.reason;
      return result.value;
    }) as [NativeService, NativeService];
    console.log(exports(aws, mongo));
    log(`logs are in ${folder}; Ctrl-C stops both and deletes what they hold`);
    await interrupted;
  } finally {
    await Promise.all(running.map((service) => service.stop()));
    rmSync(folder, { recursive: true, force: true });
  }
}

function exports(aws: NativeService, mongo: NativeService): string {
  const variables = {
    AWS_ENDPOINT_URL: `http://127.0.0.1:${aws.port}`,
    AWS_REGION: LOCAL_REGION,
    AWS_ACCESS_KEY_ID: LOCAL_CREDENTIALS.accessKeyId,
    AWS_SECRET_ACCESS_KEY: LOCAL_CREDENTIALS.secretAccessKey,
    MADARA_ORCHESTRATOR_MONGODB_CONNECTION_URL: mongoServerUrl(mongo.port),
  };
  return Object.entries(variables)
    .map(([name, value]) => `export ${name}='${value}'`)
    .join('\n');
}
