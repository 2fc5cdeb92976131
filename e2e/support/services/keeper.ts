/**
 * Owns the services that the test files of one run share: starts each when it is first asked for, and ends them all, and
 * itself, when its standard input closes, which the kernel does when the run ends in whatever way.
 *
 * Run as `node keeper.ts <folder>` by `keeper-process.ts`; the folder takes logs and data and is deleted at the end. Prints
 * its port as the only line of standard output. `GET /aws` and `GET /mongodb` answer with JSON, or 500 and the reason.
 */
import { rmSync } from 'node:fs';
import { createServer } from 'node:http';
import type { KeptService } from './kept-service.ts';
import { startAws, startMongo } from './start-services.ts';

const [folder] = process.argv.slice(2);
if (folder === undefined) throw new Error('usage: keeper <folder>');

const starters = new Map<string, (folder: string) => Promise<KeptService>>([
  ['/aws', startAws],
  ['/mongodb', startMongo],
]);
const kept = new Map<string, Promise<KeptService>>();

const server = createServer((request, response) => {
  const answer = (status: number, body: string): void => {
    response.writeHead(status).end(body);
  };
  keep(request.url ?? '').then(
    ({ facts }) => answer(200, JSON.stringify(facts)),
    (error: unknown) => answer(500, error instanceof Error ? error.message : String(error)),
  );
});
server.listen(0, '127.0.0.1', () => {
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the keeper has no port');
  process.stdout.write(`${address.port}\n`);
});

async function keep(path: string): Promise<KeptService> {
  const start = starters.get(path);
  if (start === undefined || folder === undefined) throw new Error(`the keeper knows no service ${path}`);
  // A start that failed is remembered too: each test file would otherwise wait for the same failure.
  const service = kept.get(path) ?? start(folder);
  kept.set(path, service);
  return await service;
}

let ending = false;

async function end(): Promise<void> {
  if (ending || folder === undefined) return;
  ending = true;
  const started = await Promise.allSettled(kept.values());
  const stops = await Promise.allSettled(
    started.map(async (result) => (result.status === 'fulfilled' ? await result.value.stop() : undefined)),
  );
  // Servers that a test owned may still be ending, and writing.
  rmSync(folder, { recursive: true, force: true, maxRetries: 20, retryDelay: 250 });
  for (const stop of stops) if (stop.status === 'rejected') console.error(stop.reason);
  process.exit(stops.every(({ status }) => status === 'fulfilled') ? 0 : 1);
}

for (const stream of [process.stdin, process.stdout, process.stderr]) stream.on('error', () => undefined);
process.stdin.once('close', () => void end());
process.stdin.resume();
for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) process.on(signal, () => void end());
