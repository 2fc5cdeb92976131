import {
  type BucketLocationConstraint,
  CreateBucketCommand,
  type CreateBucketCommandInput,
  PutBucketLifecycleConfigurationCommand,
  type PutBucketLifecycleConfigurationCommandInput,
  PutBucketTaggingCommand,
  PutPublicAccessBlockCommand,
} from '@aws-sdk/client-s3';
import { awsErrorName } from '../../aws/aws-failure.ts';
import { OrchestratorError } from '../../errors/orchestrator-error.ts';
import { ADOPTION_NOTE, adoptedTags, madeTags, ownershipOf, type Tags } from '../ownership.ts';
import type { Plan, Resource, Step, TeardownOptions } from '../resource.ts';
import { givenIsAbsent } from './absent.ts';
import { changedRules, isPrivate, PRIVATE } from './bucket-plan.ts';
import { planBucketTeardown } from './bucket-teardown.ts';
import type { AwsContext } from './context.ts';
import { type ActualBucket, bucketExists, readBucket } from './read-bucket.ts';
import { tagList } from './tag-list.ts';

const BUCKET_KIND = 'S3 bucket';

/** The bucket of artifacts: private, what is settled expires, unfinished uploads end. */
export function bucketResource(context: AwsContext): Resource {
  return {
    kind: BUCKET_KIND,
    name: context.names.bucket.name,
    after: [],
    setup: () => (context.names.bucket.given ? planGiven(context) : planSetup(context)),
    teardown: (options: TeardownOptions) => planBucketTeardown(context, BUCKET_KIND, options),
  };
}

async function planGiven(context: AwsContext): Promise<Plan> {
  const { name, arn } = context.names.bucket;
  if (!(await bucketExists(context))) throw givenIsAbsent(`${BUCKET_KIND} ${name}`, arn);
  return {
    steps: [],
    outcome: 'given',
    note: 'artifacts of settled blocks expire only if it has such a rule for the tag expire-after-settlement=true',
  };
}

async function planSetup(context: AwsContext): Promise<Plan> {
  const { config, names } = context;
  const actual = await readBucket(context);
  if (actual === undefined) {
    return { steps: [create(context), ...configure(context, undefined)], outcome: 'created' };
  }
  const title = `${BUCKET_KIND} ${names.bucket.name}`;
  const unmarked = ownershipOf(actual.tags, config.prefix, title) === 'unmarked';
  const steps = configure(context, actual);
  if (unmarked) {
    const adopt = tag(context, { ...actual.tags, ...adoptedTags(config.prefix) });
    return { steps: [adopt, ...steps], outcome: 'adopted', note: ADOPTION_NOTE };
  }
  return { steps, outcome: steps.length === 0 ? 'unchanged' : 'updated' };
}

/** Steps for all but existence and tags. */
function configure(context: AwsContext, actual: ActualBucket | undefined): Step[] {
  const { config, clients, names } = context;
  const Bucket = names.bucket.name;
  const steps: Step[] = [];
  const rules = changedRules(actual?.rules ?? [], config.expirationDays);
  if (rules !== undefined) {
    const input: PutBucketLifecycleConfigurationCommandInput = {
      Bucket,
      LifecycleConfiguration: { Rules: rules },
      ...(actual?.transitionDefault && { TransitionDefaultMinimumObjectSize: actual.transitionDefault }),
    };
    steps.push({
      summary: `set its lifecycle rules (settled artifacts expire after ${config.expirationDays} days)`,
      run: async () => void (await clients.s3.send(new PutBucketLifecycleConfigurationCommand(input))),
    });
  }
  if (!isPrivate(actual?.publicAccess)) {
    const input = { Bucket, PublicAccessBlockConfiguration: PRIVATE };
    steps.push({
      summary: 'block public access',
      run: async () => void (await clients.s3.send(new PutPublicAccessBlockCommand(input))),
    });
  }
  return steps;
}

function tag({ clients, names }: AwsContext, tags: Tags): Step {
  const input = { Bucket: names.bucket.name, Tagging: { TagSet: tagList(tags) } };
  return { summary: 'tag it', run: async () => void (await clients.s3.send(new PutBucketTaggingCommand(input))) };
}

/** With its tags from the first moment on: a bucket without them was there before, however empty it is. */
function create({ clients, config, names }: AwsContext): Step {
  const { bucket, region } = names;
  const input: CreateBucketCommandInput = {
    Bucket: bucket.name,
    CreateBucketConfiguration: {
      // us-east-1 is the place of a bucket without one, and must not be said.
      ...(region === 'us-east-1' ? {} : { LocationConstraint: region as BucketLocationConstraint }),
      Tags: tagList(madeTags(config.prefix)),
    },
  };
  const run = async () => {
    try {
      await clients.s3.send(new CreateBucketCommand(input));
    } catch (cause) {
      if (awsErrorName(cause) === 'BucketAlreadyOwnedByYou') return;
      if (awsErrorName(cause) === 'BucketAlreadyExists') throw takenByOthers(bucket.name, cause);
      throw cause;
    }
  };
  return { summary: `create it in ${region}`, run };
}

function takenByOthers(name: string, cause: unknown): OrchestratorError {
  return new OrchestratorError('AWS_REFUSED', `The bucket name ${name} is taken by another AWS account`, {
    cause,
    hint: 'Bucket names are shared by all of AWS: choose another --bucket-identifier or --aws-prefix.',
  });
}
