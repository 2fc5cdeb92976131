import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  CreateBucketCommand,
  DeleteBucketCommand,
  DeleteObjectCommand,
  ListObjectsV2Command,
  S3Client,
} from '@aws-sdk/client-s3';
import { type AwsAccess, clientOptions } from '../../src/aws/aws-access.ts';
import { systemClock } from '../../src/clock/system-clock.ts';
import { S3ObjectStore } from '../../src/storage/s3/s3-object-store.ts';
import { useTestCredentials } from '../../test/aws/local-aws.ts';
import { awsServices } from './services/services.ts';

export interface TestBucket {
  readonly access: AwsAccess;
  readonly bucket: string;
  /** Plain access, as another program has it. */
  readonly client: S3Client;
  readonly temporaryDirectory: string;
  open(parts?: { readonly keyPrefix?: string; readonly endpoint?: string }): Promise<S3ObjectStore>;
  /** Removes the bucket with all that is in it. */
  remove(): Promise<void>;
}

/** A bucket of its own on the AWS services of this run. */
export async function testBucket(): Promise<TestBucket> {
  const { endpoint, region } = await awsServices();
  useTestCredentials();
  const access: AwsAccess = { endpoint, region };
  const bucket = `test-${randomUUID()}`;
  const client = new S3Client({ ...clientOptions(access), forcePathStyle: true });
  await client.send(new CreateBucketCommand({ Bucket: bucket }));
  const temporaryDirectory = await mkdtemp(join(tmpdir(), 's3-test-'));
  return {
    access,
    bucket,
    client,
    temporaryDirectory,
    open: ({ keyPrefix, endpoint: other } = {}) =>
      S3ObjectStore.open({
        access: { ...access, ...(other !== undefined && { endpoint: other }) },
        bucket,
        temporaryDirectory,
        clock: systemClock,
        ...(keyPrefix !== undefined && { keyPrefix }),
      }),
    remove: async () => {
      for (let more: boolean | undefined = true; more === true; ) {
        const page = await client.send(new ListObjectsV2Command({ Bucket: bucket }));
        for (const { Key } of page.Contents ?? []) await client.send(new DeleteObjectCommand({ Bucket: bucket, Key }));
        more = page.IsTruncated;
      }
      await client.send(new DeleteBucketCommand({ Bucket: bucket }));
      client.destroy();
      await rm(temporaryDirectory, { recursive: true });
    },
  };
}
