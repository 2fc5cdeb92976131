import {
  DescribeRuleCommand,
  ListRulesCommand,
  ListTagsForResourceCommand as ListRuleTagsCommand,
  ListTargetsByRuleCommand,
} from '@aws-sdk/client-eventbridge';
import { GetRoleCommand, GetRolePolicyCommand, ListRolePoliciesCommand, ListRolesCommand } from '@aws-sdk/client-iam';
import {
  GetBucketLifecycleConfigurationCommand,
  GetBucketTaggingCommand,
  GetPublicAccessBlockCommand,
  ListBucketsCommand,
} from '@aws-sdk/client-s3';
import { GetScheduleCommand, ListSchedulesCommand } from '@aws-sdk/client-scheduler';
import { ListTagsForResourceCommand, ListTopicsCommand } from '@aws-sdk/client-sns';
import { GetQueueAttributesCommand, ListQueuesCommand, ListQueueTagsCommand } from '@aws-sdk/client-sqs';
import { type AwsClients, awsClients } from '../../src/provisioning/aws/aws-clients.ts';

/** Everything in the account whose name begins with the prefix, as AWS lists it; facts that change by themselves left out. */
export async function awsState(access: { endpoint: string; region: string }, prefix: string): Promise<AwsState> {
  const clients = awsClients(access);
  try {
    return {
      queues: await queues(clients, prefix),
      buckets: await buckets(clients, prefix),
      topics: await topics(clients, prefix),
      rules: await rules(clients, prefix),
      schedules: await schedules(clients, prefix),
      roles: await roles(clients, prefix),
    };
  } finally {
    clients.close();
  }
}

type Facts = Readonly<Record<string, unknown>>;
type ByName = Readonly<Record<string, Facts>>;

export interface AwsState {
  readonly queues: ByName;
  readonly buckets: ByName;
  readonly topics: ByName;
  readonly rules: ByName;
  readonly schedules: ByName;
  readonly roles: ByName;
}

export const NOTHING: AwsState = { queues: {}, buckets: {}, topics: {}, rules: {}, schedules: {}, roles: {} };

const CHANGING = /Timestamp|ApproximateNumber/;

async function queues({ sqs }: AwsClients, prefix: string): Promise<ByName> {
  const { QueueUrls = [] } = await sqs.send(new ListQueuesCommand({ QueueNamePrefix: prefix, MaxResults: 1000 }));
  return await byName(QueueUrls, async (QueueUrl) => {
    const { Attributes = {} } = await sqs.send(new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ['All'] }));
    const { Tags } = await sqs.send(new ListQueueTagsCommand({ QueueUrl }));
    const stable = Object.entries(Attributes).filter(([name]) => !CHANGING.test(name));
    return [QueueUrl.split('/').at(-1), { ...Object.fromEntries(stable), tags: Tags }];
  });
}

async function buckets({ s3 }: AwsClients, prefix: string): Promise<ByName> {
  const { Buckets = [] } = await s3.send(new ListBucketsCommand({}));
  const names = Buckets.flatMap(({ Name = '' }) => (Name.startsWith(prefix) ? [Name] : []));
  return await byName(names, async (Bucket) => {
    const tagging = await s3.send(new GetBucketTaggingCommand({ Bucket })).catch(() => undefined);
    const lifecycle = await s3.send(new GetBucketLifecycleConfigurationCommand({ Bucket })).catch(() => undefined);
    const access = await s3.send(new GetPublicAccessBlockCommand({ Bucket })).catch(() => undefined);
    return [
      Bucket,
      { tags: tagging?.TagSet, rules: lifecycle?.Rules, publicAccess: access?.PublicAccessBlockConfiguration },
    ];
  });
}

async function topics({ sns }: AwsClients, prefix: string): Promise<ByName> {
  const { Topics = [] } = await sns.send(new ListTopicsCommand({}));
  const arns = Topics.flatMap(({ TopicArn = '' }) =>
    TopicArn.split(':').at(-1)?.startsWith(prefix) ? [TopicArn] : [],
  );
  return await byName(arns, async (ResourceArn) => {
    const { Tags } = await sns.send(new ListTagsForResourceCommand({ ResourceArn }));
    return [ResourceArn.split(':').at(-1), { tags: Tags }];
  });
}

async function rules({ events }: AwsClients, prefix: string): Promise<ByName> {
  const { Rules = [] } = await events.send(new ListRulesCommand({ NamePrefix: prefix }));
  return await byName(Rules, async ({ Name, Arn }) => {
    const { ScheduleExpression, State } = await events.send(new DescribeRuleCommand({ Name }));
    const { Targets } = await events.send(new ListTargetsByRuleCommand({ Rule: Name }));
    const { Tags } = await events.send(new ListRuleTagsCommand({ ResourceARN: Arn }));
    return [Name, { ScheduleExpression, State, targets: Targets, tags: Tags }];
  });
}

async function schedules({ scheduler }: AwsClients, prefix: string): Promise<ByName> {
  const { Schedules = [] } = await scheduler.send(new ListSchedulesCommand({ NamePrefix: prefix }));
  const ours = Schedules.filter(({ Name = '' }) => Name.startsWith(prefix));
  return await byName(ours, async ({ Name, GroupName }) => {
    const found = await scheduler.send(new GetScheduleCommand({ Name, GroupName }));
    const { ScheduleExpression, ScheduleExpressionTimezone, FlexibleTimeWindow, State, Target, Description } = found;
    return [
      Name,
      { GroupName, ScheduleExpression, ScheduleExpressionTimezone, FlexibleTimeWindow, State, Target, Description },
    ];
  });
}

async function roles({ iam }: AwsClients, prefix: string): Promise<ByName> {
  const { Roles = [] } = await iam.send(new ListRolesCommand({}));
  const names = Roles.flatMap(({ RoleName = '' }) => (RoleName.startsWith(prefix) ? [RoleName] : []));
  return await byName(names, async (RoleName) => {
    const { Role } = await iam.send(new GetRoleCommand({ RoleName }));
    const { PolicyNames = [] } = await iam.send(new ListRolePoliciesCommand({ RoleName }));
    const policies = await Promise.all(
      PolicyNames.map(async (PolicyName) => {
        const { PolicyDocument } = await iam.send(new GetRolePolicyCommand({ RoleName, PolicyName }));
        return [PolicyName, decoded(PolicyDocument)];
      }),
    );
    const trust = decoded(Role?.AssumeRolePolicyDocument);
    return [RoleName, { trust, policies: Object.fromEntries(policies), tags: Role?.Tags }];
  });
}

function decoded(document: string | undefined): unknown {
  return JSON.parse(decodeURIComponent(document ?? 'null'));
}

async function byName<T>(
  items: readonly T[],
  read: (item: T) => Promise<readonly [string | undefined, Facts]>,
): Promise<ByName> {
  const entries = await Promise.all(items.map(read));
  return Object.fromEntries(entries.toSorted(([a = ''], [b = '']) => (a < b ? -1 : 1)));
}
