import type { AwsCall } from '../../src/aws/call-counts.ts';
import type { PolicyDocument } from '../../src/provisioning/aws/iam-document.ts';

/** One permission that a call needs. */
interface Need {
  /** As IAM names it, for example `s3:ListBucket`. */
  readonly action: string;
  readonly resource: string;
}

export interface Place {
  readonly region: string;
  readonly account: string;
}

type Input = Readonly<Record<string, unknown>>;

/** Calls that no statement of the policy allows, each once, in the words of IAM; empty when all are allowed. */
export function refusedCalls(calls: readonly AwsCall[], policy: PolicyDocument, place: Place): string[] {
  const refused = calls
    .flatMap((call) => needsOf(call, place))
    .filter((need) => !allows(policy, need))
    .map(({ action, resource }) => `${action} on ${resource}`);
  return [...new Set(refused)].sort();
}

function allows(policy: PolicyDocument, { action, resource }: Need): boolean {
  const matching = policy.Statement.filter(
    (statement) =>
      matchesAny(statement.Action, action) &&
      statement.Resource !== undefined &&
      matchesAny(statement.Resource, resource),
  );
  return matching.some(({ Effect }) => Effect === 'Allow') && !matching.some(({ Effect }) => Effect === 'Deny');
}

function matchesAny(patterns: string | readonly string[], text: string): boolean {
  return [patterns].flat().some((pattern) => {
    const escaped = pattern
      .replace(/[.+^${}()|[\]\\]/g, '\\$&')
      .replaceAll('*', '.*')
      .replaceAll('?', '.');
    return new RegExp(`^${escaped}$`).test(text);
  });
}

/** What IAM asks for when a call is made: the service authorization reference, as far as this program goes. */
function needsOf({ service, operation, input }: AwsCall, place: Place): Need[] {
  const known = NEEDS[service];
  if (known === undefined) throw new Error(`the permissions of ${service} are not known here`);
  return known(operation, input as Input, place);
}

const NEEDS: Readonly<Record<string, (operation: string, input: Input, place: Place) => Need[]>> = {
  sts: (operation) => [{ action: `sts:${operation}`, resource: '*' }],
  sqs: (operation, input, { region, account }) => {
    const name = text(input.QueueName) ?? text(input.QueueUrl)?.split('/').at(-1) ?? '*';
    const resource = `arn:aws:sqs:${region}:${text(input.QueueOwnerAWSAccountId) ?? account}:${name}`;
    const tagged = operation === 'CreateQueue' && hasEntries(input.tags);
    return actions('sqs', [operation.replace(/Batch$/, ''), ...(tagged ? ['TagQueue'] : [])], resource);
  },
  sns: (operation, input, { region, account }) => {
    const named = text(input.Name);
    const made = named === undefined ? undefined : `arn:aws:sns:${region}:${account}:${named}`;
    const resource = text(input.TopicArn) ?? text(input.ResourceArn) ?? made ?? '*';
    return actions(
      'sns',
      [operation, ...(operation === 'CreateTopic' && hasEntries(input.Tags) ? ['TagResource'] : [])],
      resource,
    );
  },
  s3: (operation, input) => {
    const bucket = `arn:aws:s3:::${text(input.Bucket) ?? '*'}`;
    const key = text(input.Key);
    const object = key === undefined ? `${bucket}/*` : `${bucket}/${key}`;
    const forBucket = BUCKET_ACTIONS[operation];
    const tags = (input.CreateBucketConfiguration as Input | undefined)?.Tags;
    if (forBucket !== undefined) {
      return actions('s3', [forBucket, ...(hasEntries(tags) ? ['TagResource'] : [])], bucket);
    }
    const version = /VersionId/.test(JSON.stringify(input)) ? ['DeleteObjectVersion'] : [];
    const forObject: Readonly<Record<string, readonly string[]>> = {
      HeadObject: ['GetObject'],
      GetObject: ['GetObject'],
      PutObject: ['PutObject', ...(input.Tagging === undefined ? [] : ['PutObjectTagging'])],
      CreateMultipartUpload: ['PutObject', ...(input.Tagging === undefined ? [] : ['PutObjectTagging'])],
      UploadPart: ['PutObject'],
      CompleteMultipartUpload: ['PutObject'],
      DeleteObject: ['DeleteObject', ...version],
      DeleteObjects: ['DeleteObject', ...version],
    };
    return actions('s3', forObject[operation] ?? [operation], object);
  },
  events: (operation, input, { region, account }) => {
    const name = text(input.Rule) ?? text(input.Name);
    const resource = text(input.ResourceARN) ?? `arn:aws:events:${region}:${account}:rule/${name ?? '*'}`;
    const tagged = operation === 'PutRule' && hasEntries(input.Tags);
    return actions('events', [operation, ...(tagged ? ['TagResource'] : [])], resource);
  },
  scheduler: (operation, input, { region, account }) => {
    const group = text(input.GroupName) ?? 'default';
    const resource = `arn:aws:scheduler:${region}:${account}:schedule/${group}/${text(input.Name) ?? '*'}`;
    const role = text((input.Target as Input | undefined)?.RoleArn);
    const passed = role === undefined ? [] : [{ action: 'iam:PassRole', resource: role }];
    return [...actions('scheduler', [operation], resource), ...passed];
  },
  iam: (operation, input, { account }) => {
    const resource = `arn:aws:iam::${account}:role/${text(input.RoleName) ?? '*'}`;
    return actions(
      'iam',
      [operation, ...(operation === 'CreateRole' && hasEntries(input.Tags) ? ['TagRole'] : [])],
      resource,
    );
  },
};

/** Calls about a bucket whose permission has another name, or the bucket itself as its resource. */
const BUCKET_ACTIONS: Readonly<Record<string, string>> = {
  HeadBucket: 'ListBucket',
  ListObjectsV2: 'ListBucket',
  ListObjectVersions: 'ListBucketVersions',
  ListMultipartUploads: 'ListBucketMultipartUploads',
  CreateBucket: 'CreateBucket',
  DeleteBucket: 'DeleteBucket',
  GetBucketLocation: 'GetBucketLocation',
  GetBucketTagging: 'GetBucketTagging',
  PutBucketTagging: 'PutBucketTagging',
  GetBucketLifecycleConfiguration: 'GetLifecycleConfiguration',
  PutBucketLifecycleConfiguration: 'PutLifecycleConfiguration',
  DeleteBucketLifecycle: 'PutLifecycleConfiguration',
  GetPublicAccessBlock: 'GetBucketPublicAccessBlock',
  PutPublicAccessBlock: 'PutBucketPublicAccessBlock',
};

function actions(service: string, operations: readonly string[], resource: string): Need[] {
  return operations.map((operation) => ({ action: `${service}:${operation}`, resource }));
}

function text(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}

function hasEntries(value: unknown): boolean {
  return typeof value === 'object' && value !== null && Object.keys(value).length > 0;
}
