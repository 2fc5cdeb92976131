import {
  GetBucketLifecycleConfigurationCommand,
  GetBucketTaggingCommand,
  GetPublicAccessBlockCommand,
  HeadBucketCommand,
  type LifecycleRule,
  type PublicAccessBlockConfiguration,
  type TransitionDefaultMinimumObjectSize,
} from '@aws-sdk/client-s3';
import { awsStatus } from '../../aws/aws-failure.ts';
import { OrchestratorError } from '../../errors/orchestrator-error.ts';
import type { Tags } from '../ownership.ts';
import { unlessAbsent } from './absent.ts';
import type { AwsContext } from './context.ts';
import { tagsOf } from './tag-list.ts';

/** What of a bucket decides what setup does to it. */
export interface ActualBucket {
  readonly tags: Tags;
  readonly rules: readonly LifecycleRule[];
  /** Has to be sent back with the rules, or it falls back to S3's own. */
  readonly transitionDefault: TransitionDefaultMinimumObjectSize | undefined;
  readonly publicAccess: PublicAccessBlockConfiguration | undefined;
}

/** Undefined when there is no such bucket. */
export async function readBucket(context: AwsContext): Promise<ActualBucket | undefined> {
  if (!(await bucketExists(context))) return undefined;
  const { s3 } = context.clients;
  const Bucket = context.names.bucket.name;
  const [tagging, lifecycle, access] = await Promise.all([
    unlessAbsent(s3.send(new GetBucketTaggingCommand({ Bucket }))),
    unlessAbsent(s3.send(new GetBucketLifecycleConfigurationCommand({ Bucket }))),
    unlessAbsent(s3.send(new GetPublicAccessBlockCommand({ Bucket }))),
  ]);
  return {
    tags: tagsOf(tagging?.TagSet),
    rules: lifecycle?.Rules ?? [],
    transitionDefault: lifecycle?.TransitionDefaultMinimumObjectSize,
    publicAccess: access?.PublicAccessBlockConfiguration,
  };
}

/** Fails with AWS_REFUSED when the bucket is there but not for us. */
export async function bucketExists({ clients, names }: AwsContext): Promise<boolean> {
  const { name, given } = names.bucket;
  // Whoever takes our name before us must not get our data.
  const owner = given ? {} : { ExpectedBucketOwner: names.account.id };
  try {
    return (await unlessAbsent(clients.s3.send(new HeadBucketCommand({ Bucket: name, ...owner })))) !== undefined;
  } catch (cause) {
    const status = awsStatus(cause);
    if (status === 403) {
      throw new OrchestratorError('AWS_REFUSED', `The bucket ${name} exists, but not for these credentials`, {
        cause,
        hint: 'It belongs to another account (choose another --bucket-identifier or --aws-prefix), or s3:ListBucket is not allowed (orchestrator setup --print-policy).',
      });
    }
    if (status === 301) {
      throw new OrchestratorError('AWS_REFUSED', `The bucket ${name} is in another region than ${names.region}`, {
        cause,
        hint: 'Set AWS_REGION to its region, or choose another --bucket-identifier.',
      });
    }
    throw cause;
  }
}
