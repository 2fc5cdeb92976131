import type { ResourceConfig } from '../setup-config.ts';
import type { AwsNames } from './aws-names.ts';
import { POLICY_VERSION, type PolicyDocument, type Statement } from './iam-document.ts';

/** What setup and teardown call, on exactly the resources of this installation. */
export function setupPolicy(names: AwsNames, config: Pick<ResourceConfig, 'wanted'>): PolicyDocument {
  const { wanted } = config;
  const statements = [
    // The one call that has no resource; AWS allows it to everybody anyway.
    allow('Account', ['sts:GetCallerIdentity'], ['*']),
    ...(wanted.storage ? setupStorage(names) : []),
    ...(wanted.queues ? setupQueues(names) : []),
    ...(wanted.alerts ? setupAlerts(names) : []),
    ...(wanted.cron ? setupCron(names) : []),
  ];
  return { Version: POLICY_VERSION, Statement: statements };
}

/** What the running program calls, and doctor under the same credentials. */
export function runPolicy(names: AwsNames, config: Pick<ResourceConfig, 'wanted' | 'eventBridge'>): PolicyDocument {
  const { wanted, eventBridge } = config;
  const { bucket, queues, topic } = names;
  const queueActions = actions('sqs', [
    'GetQueueUrl',
    'GetQueueAttributes',
    'ReceiveMessage',
    'SendMessage',
    'DeleteMessage',
    'ChangeMessageVisibility',
  ]);
  const objectActions = actions('s3', [
    'GetObject',
    'PutObject',
    'DeleteObject',
    'GetObjectTagging',
    'PutObjectTagging',
    'AbortMultipartUpload',
    'ListMultipartUploadParts',
  ]);
  const statements = [
    allow('Account', ['sts:GetCallerIdentity'], ['*']),
    ...(wanted.storage
      ? [
          allow('Bucket', actions('s3', ['ListBucket', 'GetBucketLocation', 'GetLifecycleConfiguration']), [
            bucket.arn,
          ]),
          allow('Artifacts', objectActions, [`${bucket.arn}/*`]),
        ]
      : []),
    ...(wanted.queues ? [allow('Queues', queueActions, arnsOf(queues))] : []),
    ...(wanted.alerts
      ? [
          allow('Alerts', actions('sns', ['Publish', 'GetTopicAttributes']), [topic.arn]),
          // Topics can only be listed all together.
          allow('FindTopic', ['sns:ListTopics'], ['*']),
        ]
      : []),
    ...(wanted.cron ? lookAtCron(names, eventBridge.kind) : []),
  ];
  return { Version: POLICY_VERSION, Statement: statements };
}

/** Nothing of cron is called while the program runs: doctor compares it with what setup makes. */
function lookAtCron({ triggers, role }: AwsNames, kind: ResourceConfig['eventBridge']['kind']): Statement[] {
  if (kind === 'rule') {
    const rules = triggers.map(({ ruleArn }) => ruleArn);
    return [allow('Rules', actions('events', ['DescribeRule', 'ListTargetsByRule', 'ListTagsForResource']), rules)];
  }
  const schedules = triggers.map(({ scheduleArn }) => scheduleArn);
  return [
    allow('Schedules', ['scheduler:GetSchedule'], schedules),
    allow('Role', actions('iam', ['GetRole', 'GetRolePolicy']), [role.arn]),
  ];
}

function setupStorage({ bucket }: AwsNames): Statement[] {
  if (bucket.given) return [allow('Bucket', ['s3:ListBucket'], [bucket.arn])];
  const bucketActions = actions('s3', [
    'ListBucket',
    'CreateBucket',
    // With it a bucket is made with tags; PutBucketTagging marks one that is adopted.
    'TagResource',
    'GetBucketTagging',
    'PutBucketTagging',
    'GetLifecycleConfiguration',
    'PutLifecycleConfiguration',
    'GetBucketPublicAccessBlock',
    'PutBucketPublicAccessBlock',
    'ListBucketVersions',
    'ListBucketMultipartUploads',
    'DeleteBucket',
  ]);
  const objectActions = actions('s3', ['DeleteObject', 'DeleteObjectVersion', 'AbortMultipartUpload']);
  return [allow('Bucket', bucketActions, [bucket.arn]), allow('DeleteData', objectActions, [`${bucket.arn}/*`])];
}

function setupQueues({ queues }: AwsNames): Statement[] {
  if (queues.every(({ given }) => given)) return [allow('Queues', ['sqs:GetQueueUrl'], arnsOf(queues))];
  const queueActions = actions('sqs', [
    'GetQueueUrl',
    'GetQueueAttributes',
    'ListQueueTags',
    'CreateQueue',
    'TagQueue',
    'SetQueueAttributes',
    'DeleteQueue',
  ]);
  return [allow('Queues', queueActions, arnsOf(queues))];
}

function setupAlerts({ topic }: AwsNames): Statement[] {
  if (topic.given) return [allow('Topic', ['sns:GetTopicAttributes'], [topic.arn])];
  const topicActions = actions('sns', [
    'GetTopicAttributes',
    'ListTagsForResource',
    'CreateTopic',
    'TagResource',
    'DeleteTopic',
  ]);
  return [allow('Topic', topicActions, [topic.arn])];
}

/** Both kinds: changing from one to the other removes what is left of the first. */
function setupCron({ triggers, role }: AwsNames): Statement[] {
  const ruleActions = actions('events', [
    'DescribeRule',
    'ListTargetsByRule',
    'ListTagsForResource',
    'PutRule',
    'PutTargets',
    'TagResource',
    'RemoveTargets',
    'DeleteRule',
  ]);
  const scheduleActions = actions('scheduler', ['GetSchedule', 'CreateSchedule', 'UpdateSchedule', 'DeleteSchedule']);
  const roleActions = actions('iam', [
    'GetRole',
    'GetRolePolicy',
    'CreateRole',
    'TagRole',
    'UpdateAssumeRolePolicy',
    'PutRolePolicy',
    'DeleteRolePolicy',
    'DeleteRole',
  ]);
  return [
    allow(
      'Rules',
      ruleActions,
      triggers.map(({ ruleArn }) => ruleArn),
    ),
    allow(
      'Schedules',
      scheduleActions,
      triggers.map(({ scheduleArn }) => scheduleArn),
    ),
    allow('Role', roleActions, [role.arn]),
    {
      ...allow('PassRole', ['iam:PassRole'], [role.arn]),
      Condition: { StringEquals: { 'iam:PassedToService': 'scheduler.amazonaws.com' } },
    },
  ];
}

function allow(Sid: string, Action: readonly string[], Resource: readonly string[]): Statement {
  return { Sid, Effect: 'Allow', Action, Resource };
}

function actions(service: string, operations: readonly string[]): string[] {
  return operations.map((operation) => `${service}:${operation}`);
}

function arnsOf(resources: readonly { readonly arn: string }[]): string[] {
  return resources.map(({ arn }) => arn);
}
