import { execFile } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { readdir } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import {
  GetObjectTaggingCommand,
  HeadObjectCommand,
  ListMultipartUploadsCommand,
  PutObjectCommand,
} from '@aws-sdk/client-s3';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { systemClock } from '../../src/clock/system-clock.ts';
import { S3ObjectStore } from '../../src/storage/s3/s3-object-store.ts';
import { objectStoreSuite } from '../../test/conformance/object-store.suite.ts';
import { type BodyFault, type BodyProxy, bodyProxy } from '../support/body-proxy.ts';
import { type TestBucket, testBucket } from '../support/s3-bucket.ts';

const MIB = 1024 * 1024;
const hashOf = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

objectStoreSuite('S3', async () => {
  const bucket = await testBucket();
  const objects = await bucket.open({ keyPrefix: 'installation/one' });
  const dispose = async (): Promise<void> => {
    objects.close();
    await bucket.remove();
  };
  return { objects, dispose };
});

describe('S3ObjectStore', () => {
  let own: TestBucket;
  beforeAll(async () => {
    own = await testBucket();
  });
  afterAll(() => own.remove());

  /** The store behind a proxy that does to its readings what the test wants. */
  async function faulty<T>(
    fault: (answer: number) => BodyFault,
    work: (objects: S3ObjectStore, proxy: BodyProxy) => Promise<T>,
  ): Promise<T> {
    const proxy = await bodyProxy(own.access.endpoint ?? '', fault);
    const objects = await own.open({ endpoint: proxy.url });
    try {
      return await work(objects, proxy);
    } finally {
      objects.close();
      await proxy.close();
    }
  }

  it('sends what is large in parts, with the hash of the whole, and leaves nothing on the disk', async () => {
    const objects = await own.open();
    const content = randomBytes(40 * MIB);
    const chunks = Array.from({ length: 640 }, (_, index) => content.subarray(index * 65_536, (index + 1) * 65_536));
    const info = await objects.put('1/cairo_pie.zip', Readable.from(chunks));
    expect(info).toEqual({ key: '1/cairo_pie.zip', size: content.length, sha256: hashOf(content) });
    const stored = await own.client.send(new HeadObjectCommand({ Bucket: own.bucket, Key: '1/cairo_pie.zip' }));
    expect(stored.ETag).toMatch(/-5"$/);
    expect(stored.Metadata).toEqual({ sha256: info.sha256 });
    expect(await objects.head('1/cairo_pie.zip')).toEqual(info);
    expect(hashOf(await buffer(await objects.stream('1/cairo_pie.zip')))).toBe(info.sha256);
    expect(hashOf(await objects.get('1/cairo_pie.zip'))).toBe(info.sha256);
    expect(await objects.put('1/again', content)).toMatchObject({ sha256: info.sha256 });
    expect(await readdir(own.temporaryDirectory)).toEqual([]);
    objects.close();
  });

  it('keeps memory bounded whatever the size', async () => {
    const script = fileURLToPath(new URL('../support/transfer-process.ts', import.meta.url));
    const { endpoint = '', region } = own.access;
    const args = ['--no-warnings', script, endpoint, region, own.bucket, own.temporaryDirectory, '200'];
    const { stdout } = await promisify(execFile)(process.execPath, args, { env: process.env });
    const { before, after, size, read } = JSON.parse(stdout) as Record<'before' | 'after' | 'size' | 'read', number>;
    console.log(
      `200 MiB written and read: peak ${Math.round(after / 1024)} MiB, before it ${Math.round(before / 1024)} MiB`,
    );
    expect([size, read]).toEqual([200 * MIB, 200 * MIB]);
    expect((after - before) / 1024).toBeLessThan(150);
  });

  it('leaves no parts of an upload that fails', async () => {
    const objects = await own.open();
    const failing = Readable.from(
      (async function* () {
        for (let index = 0; index < 5; index += 1) yield randomBytes(4 * MIB);
        throw new Error('source broke');
      })(),
    );
    await expect(objects.put('2/cairo_pie.zip', failing)).rejects.toThrow('source broke');
    expect(await objects.head('2/cairo_pie.zip')).toBeUndefined();
    const { Uploads } = await own.client.send(new ListMultipartUploadsCommand({ Bucket: own.bucket }));
    expect(Uploads ?? []).toEqual([]);
    expect(await readdir(own.temporaryDirectory)).toEqual([]);
    objects.close();
  });

  it('leaves no parts of an upload that S3 does not take', async () => {
    const refuse = (method: string, url: string) => method === 'PUT' && url.includes('partNumber=2');
    const proxy = await bodyProxy(own.access.endpoint ?? '', () => undefined, refuse);
    const objects = await own.open({ endpoint: proxy.url });
    const down = { code: 'STORAGE_UNAVAILABLE', retry: 'dependency-down' };
    await expect(objects.put('2/b', randomBytes(20 * MIB))).rejects.toMatchObject(down);
    objects.close();
    await proxy.close();
    const { Uploads } = await own.client.send(new ListMultipartUploadsCommand({ Bucket: own.bucket }));
    expect(Uploads ?? []).toEqual([]);
  });

  it('goes on where a connection broke, on the same version of the object', async () => {
    const content = randomBytes(3 * MIB);
    const plain = await own.open();
    await plain.put('3/a', content);
    await faulty(
      (answer) => (answer <= 3 ? { cutAfter: 700_000 } : undefined),
      async (objects, { ranges }) => {
        expect(hashOf(await objects.get('3/a'))).toBe(hashOf(content));
        expect(ranges).toHaveLength(4);
        expect(ranges.slice(1).every((range) => /^bytes=[1-9]\d*-$/.test(range))).toBe(true);
      },
    );
    await faulty(
      (answer) => (answer === 1 ? { cutAfter: 700_000 } : undefined),
      async (objects) => expect(hashOf(await buffer(await objects.stream('3/a')))).toBe(hashOf(content)),
    );
    plain.close();
  });

  it('never takes a part for the whole, and not the rest of another version', async () => {
    const plain = await own.open();
    await plain.put('4/a', randomBytes(MIB));
    const unavailable = { code: 'STORAGE_UNAVAILABLE' };
    await faulty(
      () => ({ cutAfter: 1_000 }),
      async (objects, { ranges }) => {
        await expect(objects.get('4/a')).rejects.toMatchObject({ ...unavailable, retry: 'dependency-down' });
        await expect(objects.stream('4/a').then((stream) => buffer(stream))).rejects.toMatchObject(unavailable);
        expect(ranges).toHaveLength(12);
      },
    );
    await faulty(
      (answer) => (answer === 1 ? { cutAfter: 7 * MIB } : undefined),
      async (objects) => {
        await plain.put('4/a', randomBytes(8 * MIB));
        // Nobody reads it yet, so the break is not seen before the object is replaced.
        const stream = await objects.stream('4/a');
        await plain.put('4/a', randomBytes(8 * MIB));
        await expect(buffer(stream)).rejects.toMatchObject({ ...unavailable, retry: 'transient' });
      },
    );
    plain.close();
  });

  it('refuses content that is not what was stored', async () => {
    const plain = await own.open();
    await plain.put('5/a', randomBytes(1_000));
    const corrupt = { code: 'OBJECT_CORRUPT', context: { key: '5/a' } };
    await faulty(
      () => ({ flipAt: 500 }),
      async (objects) => {
        await expect(objects.get('5/a')).rejects.toMatchObject(corrupt);
        await expect(objects.stream('5/a').then((stream) => buffer(stream))).rejects.toMatchObject(corrupt);
      },
    );
    plain.close();
  });

  it("reads others' objects, and lists none that has no key of ours", async () => {
    const objects = await own.open({ keyPrefix: 'foreign/' });
    const put = (Key: string, Body: string) =>
      own.client.send(new PutObjectCommand({ Bucket: own.bucket, Key, Body, Metadata: { sha256: 'not one' } }));
    await put('foreign/6/a', 'theirs');
    await put('foreign/6/a b', 'theirs');
    await put('foreign/folder/', ' ');
    await put('other/6/c', 'theirs');
    const sha256 = hashOf(Buffer.from('theirs'));
    expect(await objects.head('6/a')).toEqual({ key: '6/a', size: 6, sha256 });
    expect(Buffer.from(await objects.get('6/a')).toString()).toBe('theirs');
    expect((await buffer(await objects.stream('6/a'))).toString()).toBe('theirs');
    expect(await objects.list('')).toEqual(['6/a']);
    objects.close();
  });

  it('lets the last of two writers win, whole', async () => {
    const [one, two] = [await own.open(), await own.open()];
    const contents = [randomBytes(10 * MIB), randomBytes(9 * MIB)] as const;
    await Promise.all([one.put('7/a', contents[0]), two.put('7/a', Readable.from([contents[1]]))]);
    const got = hashOf(await one.get('7/a'));
    expect(contents.map(hashOf)).toContain(got);
    expect(await two.head('7/a')).toMatchObject({ sha256: got });
    one.close();
    two.close();
  });

  it('marks objects for the lifecycle rule, lists more than a page, and does not mind a missing object', async () => {
    const objects = await own.open({ keyPrefix: 'many' });
    const keys = Array.from({ length: 1_010 }, (_, index) => `8/${String(index).padStart(4, '0')}`);
    for (let at = 0; at < keys.length; at += 50) {
      await Promise.all(keys.slice(at, at + 50).map((key) => objects.put(key, new Uint8Array([1]))));
    }
    expect(await objects.list('8/')).toEqual(keys);
    await objects.tagForExpiry('8/0000');
    await objects.tagForExpiry('8/missing');
    const { TagSet } = await own.client.send(new GetObjectTaggingCommand({ Bucket: own.bucket, Key: 'many/8/0000' }));
    expect(TagSet).toEqual([{ Key: 'expire-after-settlement', Value: 'true' }]);
    expect(await objects.head('8/missing')).toBeUndefined();
    objects.close();
  });

  it('says which bucket is missing and what makes it', async () => {
    const { access, temporaryDirectory } = own;
    const bucket = 'arn:aws:s3:::nobody-made-this';
    const objects = await S3ObjectStore.open({ access, bucket, temporaryDirectory, clock: systemClock });
    const missing = {
      code: 'STORAGE_UNAVAILABLE',
      retry: 'dependency-down',
      message: expect.stringContaining('no bucket nobody-made-this'),
      hint: expect.stringContaining('orchestrator setup'),
    };
    await expect(objects.check()).rejects.toMatchObject(missing);
    await expect(objects.put('1/a', new Uint8Array([1]))).rejects.toMatchObject(missing);
    await expect(objects.get('1/a')).rejects.toMatchObject(missing);
    await expect(objects.head('1/a')).rejects.toMatchObject(missing);
    await expect(objects.list('')).rejects.toMatchObject(missing);
    objects.close();
    const ok = await own.open();
    await ok.check();
    ok.close();
    const nobody = await own.open({ endpoint: 'http://127.0.0.1:9' });
    const down = { code: 'STORAGE_UNAVAILABLE', retry: 'dependency-down', dependency: 's3' };
    await expect(nobody.get('1/a')).rejects.toMatchObject(down);
    nobody.close();
  });
});
