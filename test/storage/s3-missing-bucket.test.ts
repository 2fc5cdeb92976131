import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { Alert } from '../../src/alerts/alert-sink.ts';
import { InfrastructureMonitor } from '../../src/app/infrastructure-monitor/infrastructure-monitor.ts';
import { MemoryJobStore } from '../../src/database/memory/memory-job-store.ts';
import { MemoryLockStore } from '../../src/database/memory/memory-lock-store.ts';
import { MemoryQueues } from '../../src/queues/memory/memory-queues.ts';
import { S3ObjectStore } from '../../src/storage/s3/s3-object-store.ts';
import { silentLog } from '../../src/telemetry/log.ts';
import { useTestCredentials } from '../aws/local-aws.ts';
import { VirtualClock } from '../virtual-clock.ts';

/** What S3 says of the bucket; there is never an object in it. */
type BucketAnswer = 'there' | 'gone' | 'not yours';

const GONE = {
  code: 'STORAGE_UNAVAILABLE',
  retry: 'dependency-down',
  dependency: 's3',
  message: expect.stringContaining('no bucket artifacts'),
};
const NO_BUCKET = '<?xml version="1.0"?><Error><Code>NoSuchBucket</Code></Error>';
const STATUS: Readonly<Record<BucketAnswer, number>> = { there: 200, gone: 404, 'not yours': 403 };

describe('an S3 bucket without the object that is asked for', () => {
  let bucket: BucketAnswer;
  /** Methods with `bucket` or `object`. */
  let requests: string[];
  let clock: VirtualClock;
  let folder: string;
  let server: Server;
  let objects: S3ObjectStore;

  beforeAll(useTestCredentials);
  beforeEach(async () => {
    bucket = 'there';
    requests = [];
    clock = new VirtualClock();
    folder = mkdtempSync(join(tmpdir(), 's3-missing-bucket-'));
    server = createServer(({ method = '', url = '' }, answer) => {
      const ofBucket = /^\/artifacts\/?(\?|$)/.test(url);
      requests.push(`${method} ${ofBucket ? 'bucket' : 'object'}`);
      const head = method === 'HEAD';
      const status = head ? (ofBucket ? STATUS[bucket] : 404) : bucket === 'gone' ? 404 : 200;
      answer.writeHead(status, { 'content-type': 'application/xml' });
      answer.end(head || status === 200 ? undefined : NO_BUCKET);
    });
    await new Promise<void>((resolve) => {
      server.listen(0, '127.0.0.1', resolve);
    });
    const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const access = { region: 'eu-west-1', endpoint };
    objects = await S3ObjectStore.open({ access, bucket: 'artifacts', temporaryDirectory: folder, clock });
  });
  afterEach(async () => {
    objects.close();
    await new Promise((resolve) => {
      server.close(resolve);
      server.closeAllConnections();
    });
    rmSync(folder, { recursive: true });
  });

  it('has no such object, and is itself asked for once in a while only', async () => {
    expect(await objects.head('1/a')).toBeUndefined();
    expect(await objects.head('1/b')).toBeUndefined();
    expect(requests).toEqual(['HEAD object', 'HEAD bucket', 'HEAD object']);
    await clock.advance(10_000);
    expect(await objects.head('1/a')).toBeUndefined();
    expect(requests.slice(3)).toEqual(['HEAD object', 'HEAD bucket']);
  });

  it('is an outage when it does not exist, as for every other request', async () => {
    bucket = 'gone';
    await expect(objects.head('1/a')).rejects.toMatchObject(GONE);
    await expect(objects.put('1/a', new Uint8Array(3))).rejects.toMatchObject(GONE);
    bucket = 'there';
    expect(await objects.head('1/a')).toBeUndefined();
  });

  it('is asked for again once a request has failed', async () => {
    expect(await objects.head('1/a')).toBeUndefined();
    bucket = 'gone';
    await expect(objects.put('1/a', new Uint8Array(3))).rejects.toMatchObject(GONE);
    await expect(objects.head('1/a')).rejects.toMatchObject(GONE);
    await expect(objects.putIfAbsent('1/a', new Uint8Array(3))).rejects.toMatchObject(GONE);
  });

  it('has no such object when only the bucket may not be listed', async () => {
    bucket = 'not yours';
    expect(await objects.head('1/a')).toBeUndefined();
    expect(await objects.head('1/b')).toBeUndefined();
    expect(requests).toEqual(['HEAD object', 'HEAD bucket', 'HEAD object']);
  });

  it('is told as an outage when it was deleted', async () => {
    const told: Alert[] = [];
    const monitor = new InfrastructureMonitor({
      store: new MemoryJobStore(),
      locks: new MemoryLockStore(clock),
      queues: new MemoryQueues(clock),
      objects,
      alerts: { send: async (alert) => void told.push(alert) },
      clock,
      log: silentLog,
      instance: 'one',
    });
    const work = async (): Promise<void> => {
      await monitor.objects.put('1/a', new Uint8Array(3)).catch(() => undefined);
      await clock.advance(1_000);
      // The answers to the monitor's own requests come over a real connection.
      await new Promise((resolve) => setTimeout(resolve, 20));
    };
    for (let second = 0; second < 3; second += 1) await work();
    expect(told).toEqual([]);
    bucket = 'gone';
    for (let second = 0; second < 100 && told.length === 0; second += 1) await work();
    expect(told.map(({ text }) => text)).toEqual([expect.stringContaining('Infrastructure down: objects')]);
    await monitor.stop(0);
  });
});
