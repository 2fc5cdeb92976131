import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { LOCAL_REGION, startLocalStack } from '../../../scripts/services/localstack-server.ts';
import { mongoServerUrl, startMongoServer } from '../../../scripts/services/mongodb-server.ts';
import type { NativeService } from '../../../scripts/services/native-service.ts';
import { untilStandsStill } from '../stands-still.ts';
import { FOLDER_VARIABLE } from './keeper-process.ts';
import { type AwsRequest, readRequestLog } from './request-log.ts';

/** A server that one test has for itself and may hurt. It ends with the test process at the latest; stop it all the same. */
export interface PrivateService {
  /** Of the server; another one after `restart`. */
  readonly pid: number;
  /** Deleted with the run. */
  readonly logFile: string;
  /** SIGSTOP: connections stay open and nothing is answered. Resolves once it stands still. */
  freeze(): Promise<void>;
  thaw(): void;
  /** Ends it in order; nothing listens on its port then. Stopping twice is harmless. */
  stop(): Promise<void>;
  /** Stops it if it runs and starts it on the same port. */
  restart(): Promise<void>;
}

export interface PrivateAwsServices extends PrivateService {
  readonly endpoint: string;
  readonly region: string;
  /** Requests answered since the first start. */
  requestLog(): Promise<AwsRequest[]>;
}

export interface PrivateMongoServer extends PrivateService {
  readonly url: string;
}

/** LocalStack of one's own, always native; a restart empties it. */
export async function privateAwsServices(): Promise<PrivateAwsServices> {
  const logFile = runFile('aws.log');
  const { service, port } = await hurtable(logFile, (again) =>
    startLocalStack({ logFile, log: console.error, ...(again === undefined ? {} : { port: again }) }),
  );
  return Object.assign(service, {
    endpoint: `http://127.0.0.1:${port}`,
    region: LOCAL_REGION,
    requestLog: () => readRequestLog(logFile),
  });
}

/** A MongoDB-wire server of one's own, always native. Its data is in a file, so that a restart keeps it. */
export async function privateMongoServer(options: { readonly dataFile?: string } = {}): Promise<PrivateMongoServer> {
  const logFile = runFile('mongodb.log');
  const dataFile = options.dataFile ?? runFile('mongodb.data');
  const { service, port } = await hurtable(logFile, (again) =>
    startMongoServer({ logFile, dataFile, log: console.error, ...(again === undefined ? {} : { port: again }) }),
  );
  return Object.assign(service, { url: mongoServerUrl(port) });
}

/** `start` gets the port to take, undefined for the first time. */
async function hurtable(
  logFile: string,
  start: (port: number | undefined) => Promise<NativeService>,
): Promise<{ service: PrivateService; port: number }> {
  let running: NativeService | undefined = await start(undefined);
  const { port } = running;
  let { pid } = running;
  const signal = (name: NodeJS.Signals): void => {
    if (running?.signal(name) !== true) throw new Error(`no ${name} for a server that does not run`);
  };
  const stop = async (): Promise<void> => {
    await running?.stop();
    running = undefined;
  };
  const service: PrivateService = {
    get pid() {
      return pid;
    },
    logFile,
    freeze: async () => {
      signal('SIGSTOP');
      await untilStandsStill(pid);
    },
    thaw: () => signal('SIGCONT'),
    stop,
    restart: async () => {
      await stop();
      running = await start(port);
      pid = running.pid;
    },
  };
  return { service, port };
}

function runFile(name: string): string {
  const folder = process.env[FOLDER_VARIABLE];
  if (folder === undefined) throw new Error('tests that need services run through "npm run e2e"');
  return join(folder, `${randomUUID()}-${name}`);
}
