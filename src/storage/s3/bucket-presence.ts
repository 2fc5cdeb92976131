import { HeadBucketCommand, type S3Client } from '@aws-sdk/client-s3';
import { awsStatus } from '../../aws/aws-failure.ts';
import type { Clock } from '../../clock/clock.ts';

/** Looking for an object that is not there is ordinary work, and must not cost two requests each time. */
const SEEN_FOR_MS = 10_000;

/**
 * Tells a missing object from a missing bucket: to a HEAD of an object S3 answers 404 without a body for both. That the
 * bucket was there counts for a short while.
 */
export class BucketPresence {
  readonly #client: S3Client;
  readonly #bucket: string;
  readonly #clock: Clock;
  #seenAt = Number.NEGATIVE_INFINITY;

  constructor(client: S3Client, bucket: string, clock: Clock) {
    this.#client = client;
    this.#bucket = bucket;
    this.#clock = clock;
  }

  /** Fails with S3's own error when there is no such bucket, or when S3 does not say. */
  async confirm(): Promise<void> {
    if (this.#clock.now() - this.#seenAt < SEEN_FOR_MS) return;
    try {
      await this.#client.send(new HeadBucketCommand({ Bucket: this.#bucket }));
    } catch (error) {
      // There, but whoever asks may not list it: rights to its objects are enough to work with them.
      if (awsStatus(error) !== 403) throw error;
    }
    this.#seenAt = this.#clock.now();
  }

  /** Something failed, and it may have been the bucket. */
  forget(): void {
    this.#seenAt = Number.NEGATIVE_INFINITY;
  }
}
