import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { installLocalStack } from './localstack-installation.ts';
import { type NativeService, startNativeService } from './native-service.ts';

/** The only region and credentials that tests use; LocalStack takes any. */
export const LOCAL_REGION = 'us-east-1';
export const LOCAL_CREDENTIALS = { accessKeyId: 'test', secretAccessKey: 'test' };

/** Services that LocalStack offers, the same natively and in a container. */
export const LOCALSTACK_SERVICES = 'sqs,sns,s3,events,scheduler,iam,sts';

export interface LocalStackOptions {
  /** What it keeps while it runs is in a folder beside it. */
  readonly logFile: string;
  /** By default a free one. */
  readonly port?: number;
  /** Told once when something has to be installed first. */
  readonly log: (line: string) => void;
}

/** Installs LocalStack if need be and starts it. It forgets everything when it ends. */
export async function startLocalStack({ logFile, port, log }: LocalStackOptions): Promise<NativeService> {
  const python = await installLocalStack(log);
  const chosen = port ?? (await freePort());
  const scratch = mkdtempSync(`${logFile}.scratch-`);
  const discard = (): void => rmSync(scratch, { recursive: true, force: true });
  try {
    const service = await startNativeService({
      name: 'LocalStack',
      command: python,
      args: ['-m', 'localstack.runtime.main'],
      env: localStackEnvironment(chosen, scratch),
      // It keeps nothing, and sometimes does not hear while it starts.
      graceMs: 2_000,
      logFile,
      ready: async () => ((await isHealthy(chosen)) ? chosen : undefined),
    });
    return {
      ...service,
      stop: async () => {
        await service.stop();
        discard();
      },
    };
  } catch (error) {
    discard();
    throw error;
  }
}

function localStackEnvironment(port: number, scratch: string): NodeJS.ProcessEnv {
  // AWS settings of the shell are for clients; the SDK inside LocalStack would follow them.
  const ours = Object.entries(process.env).filter(([name]) => !name.startsWith('AWS_'));
  return {
    ...Object.fromEntries(ours),
    GATEWAY_LISTEN: `127.0.0.1:${port}`,
    SERVICES: LOCALSTACK_SERVICES,
    FILESYSTEM_ROOT: scratch,
    // Temporary files too: nothing may be left of a server that was killed but one folder.
    TMPDIR: scratch,
    PYTHONUNBUFFERED: '1',
    // It would otherwise ask for port 53, report its use, and load a certificate.
    DNS_ADDRESS: '0',
    DISABLE_EVENTS: '1',
    SKIP_SSL_CERT_DOWNLOAD: '1',
  };
}

async function isHealthy(port: number): Promise<boolean> {
  try {
    const response = await fetch(`http://127.0.0.1:${port}/_localstack/health`, { signal: AbortSignal.timeout(2_000) });
    await response.arrayBuffer();
    return response.ok;
  } catch {
    // Not listening yet.
    return false;
  }
}

/** LocalStack cannot choose a port by itself. */
async function freePort(): Promise<number> {
  const server = createServer();
  const port = await new Promise<number>((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      if (address === null || typeof address === 'string') reject(new Error('no port'));
      else resolve(address.port);
    });
  });
  await new Promise<void>((resolve) => server.close(() => resolve()));
  return port;
}
