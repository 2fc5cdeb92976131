import { installMongoServer } from './mongodb-installation.ts';
import { type NativeService, startNativeService } from './native-service.ts';

export interface MongoServerOptions {
  readonly logFile: string;
  /** Keeps the data over a restart; by default it is in memory. */
  readonly dataFile?: string;
  /** By default a free one. */
  readonly port?: number;
  /** Told once when something has to be installed first. */
  readonly log: (line: string) => void;
}

/** Installs the MongoDB-wire server if need be and starts it. */
export async function startMongoServer(options: MongoServerOptions): Promise<NativeService> {
  const classPath = await installMongoServer(options.log);
  const file = options.dataFile === undefined ? [] : [options.dataFile];
  return await startNativeService({
    name: 'MongoDB-wire server',
    command: 'java',
    args: ['-Xmx1g', '-XX:+UseSerialGC', '-cp', classPath, 'Server', String(options.port ?? 0), ...file],
    // It writes what is in memory to the file.
    graceMs: 10_000,
    logFile: options.logFile,
    ready: async (printed) => {
      const port = /^listening on (\d+)$/m.exec(printed)?.[1];
      return port === undefined ? undefined : Number(port);
    },
  });
}

/** The server knows neither sessions nor retries, so the driver must not ask for them. */
export function mongoServerUrl(port: number): string {
  return `mongodb://127.0.0.1:${port}/?directConnection=true&retryWrites=false`;
}
