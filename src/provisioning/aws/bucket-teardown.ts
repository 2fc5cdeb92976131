import {
  AbortMultipartUploadCommand,
  DeleteBucketCommand,
  DeleteBucketLifecycleCommand,
  DeleteObjectsCommand,
  ListMultipartUploadsCommand,
  ListObjectVersionsCommand,
  PutBucketLifecycleConfigurationCommand,
} from '@aws-sdk/client-s3';
import { OrchestratorError } from '../../errors/orchestrator-error.ts';
import { ownershipOf, reasonToKeep } from '../ownership.ts';
import type { Plan, Step, TeardownOptions } from '../resource.ts';
import { unlessAbsent } from './absent.ts';
import { foreignRules } from './bucket-plan.ts';
import type { AwsContext } from './context.ts';
import { type ActualBucket, readBucket } from './read-bucket.ts';

/** Removes the bucket if it is ours and holds nothing, or with all it holds if that is asked for. */
export async function planBucketTeardown(context: AwsContext, kind: string, options: TeardownOptions): Promise<Plan> {
  const { config, names, clients } = context;
  const { name: Bucket, given } = names.bucket;
  if (given) return { steps: [], outcome: 'kept', note: 'it was given by its ARN' };
  const actual = await readBucket(context);
  if (actual === undefined) return { steps: [], outcome: 'absent' };
  const reason = reasonToKeep(ownershipOf(actual.tags, config.prefix, `${kind} ${Bucket}`));
  if (reason !== undefined) return { steps: [], outcome: 'kept', note: reason };
  const full = await holdsVersions(context);
  if (full && !options.deleteData) {
    const note = 'it still holds objects, which do not expire any more; --delete-data removes it with them';
    return { steps: withoutOurRules(context, actual), outcome: 'kept', note };
  }
  const remove: Step = {
    summary: 'delete it',
    run: async () => void (await unlessAbsent(clients.s3.send(new DeleteBucketCommand({ Bucket })))),
  };
  const empty: Step = { summary: 'delete all objects in it', run: () => emptyBucket(context) };
  return { steps: full ? [empty, remove] : [remove], outcome: 'removed' };
}

/** Data that stays must not vanish some days later. */
function withoutOurRules({ clients, names }: AwsContext, actual: ActualBucket): Step[] {
  const Bucket = names.bucket.name;
  const rules = foreignRules(actual.rules);
  if (rules.length === actual.rules.length) return [];
  const run = async () => {
    if (rules.length === 0) {
      await clients.s3.send(new DeleteBucketLifecycleCommand({ Bucket }));
      return;
    }
    const input = {
      Bucket,
      LifecycleConfiguration: { Rules: rules },
      ...(actual.transitionDefault && { TransitionDefaultMinimumObjectSize: actual.transitionDefault }),
    };
    await clients.s3.send(new PutBucketLifecycleConfigurationCommand(input));
  };
  return [{ summary: 'remove its lifecycle rules', run }];
}

/** Objects, their older versions, the markers of deleted ones and unfinished uploads, a thousand at a time. */
async function emptyBucket({ clients, names }: AwsContext): Promise<void> {
  const { s3 } = clients;
  const Bucket = names.bucket.name;
  for (;;) {
    const { Versions = [], DeleteMarkers = [] } = await s3.send(new ListObjectVersionsCommand({ Bucket }));
    const Objects = [...Versions, ...DeleteMarkers].map(({ Key, VersionId }) => ({ Key, VersionId }));
    if (Objects.length === 0) break;
    const { Errors = [] } = await s3.send(new DeleteObjectsCommand({ Bucket, Delete: { Objects, Quiet: true } }));
    const [first] = Errors;
    if (first !== undefined) throw notDeleted(Bucket, first.Key, first.Code, Errors.length);
  }
  for (;;) {
    const { Uploads = [] } = await s3.send(new ListMultipartUploadsCommand({ Bucket }));
    if (Uploads.length === 0) return;
    for (const { Key, UploadId } of Uploads) {
      await unlessAbsent(s3.send(new AbortMultipartUploadCommand({ Bucket, Key, UploadId })));
    }
  }
}

async function holdsVersions({ clients, names }: AwsContext): Promise<boolean> {
  const input = { Bucket: names.bucket.name, MaxKeys: 1 };
  const { Versions = [], DeleteMarkers = [] } = await clients.s3.send(new ListObjectVersionsCommand(input));
  return Versions.length + DeleteMarkers.length > 0;
}

function notDeleted(bucket: string, key: string | undefined, code: string | undefined, count: number) {
  return new OrchestratorError('AWS_REFUSED', `${count} objects of the bucket ${bucket} cannot be deleted`, {
    context: { key, error: code },
    hint: 'They may be locked (Object Lock), or s3:DeleteObjectVersion is not allowed.',
  });
}
