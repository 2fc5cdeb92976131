import { createHash } from 'node:crypto';
import { pipeline, Readable } from 'node:stream';
import {
  DeleteObjectCommand,
  GetObjectCommand,
  HeadBucketCommand,
  HeadObjectCommand,
  PutObjectCommand,
  PutObjectTaggingCommand,
  paginateListObjectsV2,
  S3Client,
} from '@aws-sdk/client-s3';
import { Upload } from '@aws-sdk/lib-storage';
import { type AwsAccess, clientOptions, observed } from '../../aws/aws-access.ts';
import { awsErrorName } from '../../aws/aws-failure.ts';
import type { Clock } from '../../clock/clock.ts';
import { OrchestratorError } from '../../errors/orchestrator-error.ts';
import type { ConditionalObjectStore } from '../conditional-object-store.ts';
import { corruptObject, HashCheck, sha256Of } from '../content-hash.ts';
import type { ExpiringObjectStore } from '../expiring-object-store.ts';
import { assertObjectKey, isObjectKey } from '../object-key.ts';
import type { ObjectInfo } from '../object-store.ts';
import { bucketName } from './bucket-name.ts';
import { BucketPresence } from './bucket-presence.ts';
import { type MeasuredContent, measureContent, prepareTemporaryDirectory } from './measured-content.ts';
import { type OpenedObject, resumedBody } from './resumed-body.ts';
import { replacedMeanwhile, s3Failure } from './s3-failure.ts';

export interface S3ObjectStoreOptions {
  readonly access: AwsAccess;
  /** Name or ARN. */
  readonly bucket: string;
  /** In front of every key, with a slash between, for buckets that several installations share. */
  readonly keyPrefix?: string;
  /** Where uploads are kept until their hash is known; made when it does not exist. */
  readonly temporaryDirectory: string;
  readonly clock: Clock;
}

const MIB = 1024 * 1024;
/** What is larger is sent in parts, and is not kept in memory. */
const PART_BYTES = 8 * MIB;
const MAX_PARTS = 10_000;
/** A transfer may take long, but not without a byte. */
const IDLE_MS = 30_000;
/** Others' conditional writes of the same key that are waited for. */
const CONDITIONAL_TRIES = 3;

/** The bucket's lifecycle rule removes what carries it. */
const EXPIRY_TAG = { Key: 'expire-after-settlement', Value: 'true' } as const;

/**
 * Objects in an S3 bucket. The hash of the whole content is the object's metadata entry `sha256`; a write is atomic, in
 * parts or not. S3 checks each request's own checksum; on the way back our hash is the check.
 */
export class S3ObjectStore implements ConditionalObjectStore, ExpiringObjectStore {
  readonly bucket: string;
  readonly #client: S3Client;
  readonly #presence: BucketPresence;
  readonly #prefix: string;
  readonly #temporaryDirectory: string;

  /** Asks S3 nothing yet. Fails with CONFIG_INVALID, or when the temporary directory cannot be made. */
  static async open({
    access,
    bucket,
    keyPrefix = '',
    temporaryDirectory,
    clock,
  }: S3ObjectStoreOptions): Promise<S3ObjectStore> {
    const name = bucketName(bucket);
    const prefix = keyPrefix.replace(/\/+$/, '');
    if (prefix !== '') assertObjectKey(prefix);
    prepareTemporaryDirectory(temporaryDirectory);
    const { requestHandler, ...options } = clientOptions(access);
    const { requestTimeout: _, ...handler } = requestHandler;
    const plain = new S3Client({
      ...options,
      requestHandler: { ...handler, socketTimeout: IDLE_MS },
      // Other endpoints than AWS's own have no names for the buckets of everybody.
      forcePathStyle: access.endpoint !== undefined,
      responseChecksumValidation: 'WHEN_REQUIRED',
    });
    const shown = prefix === '' ? '' : `${prefix}/`;
    const client = observed(plain, 's3', access);
    return new S3ObjectStore(client, new BucketPresence(client, name, clock), name, shown, temporaryDirectory);
  }

  private constructor(
    client: S3Client,
    presence: BucketPresence,
    bucket: string,
    prefix: string,
    temporaryDirectory: string,
  ) {
    this.#client = client;
    this.#presence = presence;
    this.bucket = bucket;
    this.#prefix = prefix;
    this.#temporaryDirectory = temporaryDirectory;
  }

  /** Fails when the bucket does not exist or may not be used. */
  async check(): Promise<void> {
    await this.#asking(`use the bucket ${this.bucket}`, () =>
      this.#client.send(new HeadBucketCommand({ Bucket: this.bucket })),
    );
  }

  async put(key: string, content: Uint8Array | Readable): Promise<ObjectInfo> {
    const target = this.#target(key);
    const measured = await measureContent(content, this.#temporaryDirectory, PART_BYTES);
    try {
      await this.#asking(`write ${key}`, () => this.#upload(target, measured));
      return { key, size: measured.size, sha256: measured.sha256 };
    } finally {
      await measured.dispose();
    }
  }

  async putIfAbsent(key: string, content: Uint8Array): Promise<boolean> {
    const target = this.#target(key);
    const sha256 = sha256Of(content);
    for (let tries = 1; ; tries += 1) {
      try {
        await this.#client.send(
          new PutObjectCommand({ ...target, Body: content, Metadata: { sha256 }, IfNoneMatch: '*' }),
        );
        return true;
      } catch (error) {
        const name = awsErrorName(error);
        // Ours too, when only the answer to an earlier try was lost.
        if (name === 'PreconditionFailed') return (await this.head(key))?.sha256 === sha256;
        // Somebody else writes the key at this moment.
        if (name === 'ConditionalRequestConflict' && tries < CONDITIONAL_TRIES) continue;
        throw this.#failure(error, `write ${key}`);
      }
    }
  }

  async get(key: string): Promise<Uint8Array> {
    const opened = await this.#openObject(key);
    const bytes = Buffer.alloc(opened.size);
    let offset = 0;
    for await (const chunk of resumedBody(opened)) {
      bytes.set(chunk, offset);
      offset += chunk.length;
    }
    const actual = sha256Of(bytes);
    if (opened.sha256 !== undefined && actual !== opened.sha256) throw corruptObject(key, opened.sha256, actual);
    return bytes;
  }

  async stream(key: string): Promise<Readable> {
    const opened = await this.#openObject(key);
    const content = Readable.from(resumedBody(opened), { objectMode: false });
    if (opened.sha256 === undefined) return content;
    // Errors of the connection reach the reader through the last stream of the pipeline.
    return pipeline(content, new HashCheck(key, opened.sha256), () => undefined);
  }

  async head(key: string): Promise<ObjectInfo | undefined> {
    const target = this.#target(key);
    const found = await this.#asking(`look at ${key}`, async () => {
      try {
        return await this.#client.send(new HeadObjectCommand(target));
      } catch (error) {
        if (!isMissing(error)) throw error;
        await this.#presence.confirm();
        return undefined;
      }
    });
    if (found === undefined) return undefined;
    const size = found.ContentLength ?? 0;
    return { key, size, sha256: writtenHash(found.Metadata) ?? (await this.#hashByReading(key)) };
  }

  async delete(key: string): Promise<void> {
    const target = this.#target(key);
    await this.#asking(`delete ${key}`, () => this.#client.send(new DeleteObjectCommand(target)));
  }

  async list(prefix: string): Promise<string[]> {
    const request = { Bucket: this.bucket, Prefix: this.#prefix + prefix };
    const keys: string[] = [];
    await this.#asking(`list ${prefix === '' ? 'the objects' : prefix}`, async () => {
      for await (const page of paginateListObjectsV2({ client: this.#client }, request)) {
        for (const { Key } of page.Contents ?? []) if (Key !== undefined) keys.push(Key.slice(this.#prefix.length));
      }
    });
    // Others may keep objects in the bucket that no key of ours can name.
    return keys.filter(isObjectKey).sort();
  }

  async tagForExpiry(key: string): Promise<void> {
    const target = this.#target(key);
    await this.#asking(`tag ${key}`, async () => {
      try {
        await this.#client.send(new PutObjectTaggingCommand({ ...target, Tagging: { TagSet: [EXPIRY_TAG] } }));
      } catch (error) {
        if (!isMissing(error)) throw error;
      }
    });
  }

  /** Ends the connections. */
  close(): void {
    this.#client.destroy();
  }

  #target(key: string): { Bucket: string; Key: string } {
    assertObjectKey(key);
    return { Bucket: this.bucket, Key: this.#prefix + key };
  }

  async #upload(target: { Bucket: string; Key: string }, content: MeasuredContent): Promise<void> {
    const Metadata = { sha256: content.sha256 };
    const body = content.body();
    if (body instanceof Uint8Array && content.size <= PART_BYTES) {
      await this.#client.send(new PutObjectCommand({ ...target, Body: body, Metadata }));
      return;
    }
    const upload = new Upload({
      client: this.#client,
      params: { ...target, Body: body, Metadata },
      partSize: Math.max(PART_BYTES, Math.ceil(content.size / MAX_PARTS)),
      queueSize: 2,
      leavePartsOnError: false,
    });
    await upload.done();
  }

  async #openObject(key: string): Promise<OpenedObject> {
    const target = this.#target(key);
    const action = `read ${key}`;
    const first = await this.#asking(action, () => this.#client.send(new GetObjectCommand(target)), key);
    const reopen = async (offset: number): Promise<Readable> => {
      const IfMatch = first.ETag;
      const rest = await this.#asking(
        action,
        () => this.#client.send(new GetObjectCommand({ ...target, Range: `bytes=${offset}-`, IfMatch })),
        key,
      );
      return bodyOf(rest, key);
    };
    const size = first.ContentLength ?? 0;
    return { key, size, sha256: writtenHash(first.Metadata), body: bodyOf(first, key), reopen };
  }

  async #hashByReading(key: string): Promise<string> {
    const hash = createHash('sha256');
    for await (const chunk of resumedBody(await this.#openObject(key))) hash.update(chunk);
    return hash.digest('hex');
  }

  async #asking<T>(action: string, ask: () => Promise<T>, key?: string): Promise<T> {
    try {
      return await ask();
    } catch (error) {
      const name = awsErrorName(error);
      if (key !== undefined && name === 'NoSuchKey') {
        throw new OrchestratorError('OBJECT_NOT_FOUND', `There is no object ${key}.`, {
          context: { key },
          cause: error,
        });
      }
      if (key !== undefined && name === 'PreconditionFailed') throw replacedMeanwhile(key, error);
      throw this.#failure(error, action);
    }
  }

  #failure(error: unknown, action: string): OrchestratorError {
    this.#presence.forget();
    return s3Failure(error, action, this.bucket);
  }
}

const isMissing = (error: unknown): boolean => ['NoSuchKey', 'NotFound'].includes(awsErrorName(error));

/** The hash that we wrote beside the object; undefined when somebody else wrote it. */
function writtenHash(metadata: Readonly<Record<string, string>> | undefined): string | undefined {
  const sha256 = metadata?.sha256;
  return sha256 !== undefined && /^[0-9a-f]{64}$/.test(sha256) ? sha256 : undefined;
}

function bodyOf({ Body }: { readonly Body?: unknown }, key: string): Readable {
  if (Body instanceof Readable) return Body;
  throw new OrchestratorError('STORAGE_UNAVAILABLE', `S3 answered without the content of ${key}`, {
    retry: 'dependency-down',
    dependency: 's3',
    context: { key },
  });
}
