import { parseResourceId, prefixed } from '../../aws/resource-name.ts';
import { OrchestratorError } from '../../errors/orchestrator-error.ts';
import { QUEUE_NAMES, type QueueName } from '../../queues/queue.ts';
import { fullQueueName, sqsQueueNames } from '../../queues/sqs/queue-names.ts';
import { TRIGGER_WORDS, type TriggerWord } from '../../scheduling/scheduler.ts';
import type { ResourceConfig } from '../setup-config.ts';
import type { GivenRegions } from './aws-clients.ts';

/** Whose resources they are. */
export interface Account {
  readonly partition: string;
  /** Twelve digits. */
  readonly id: string;
}

export interface NamedResource {
  readonly name: string;
  readonly arn: string;
  /** Named by its ARN: it exists, and is neither made, changed nor removed. */
  readonly given: boolean;
}

export interface NamedQueue extends NamedResource {
  readonly queue: QueueName;
  readonly region: string;
  readonly account: string;
}

export interface NamedTrigger {
  readonly word: TriggerWord;
  readonly name: string;
  readonly ruleArn: string;
  readonly scheduleArn: string;
}

/** Every name and ARN of an installation; a pure function of the settings and the account. */
export interface AwsNames {
  readonly account: Account;
  readonly region: string;
  readonly bucket: NamedResource;
  readonly queues: readonly NamedQueue[];
  readonly failureQueue: NamedQueue;
  readonly triggerQueue: NamedQueue;
  readonly topic: NamedResource;
  readonly triggers: readonly NamedTrigger[];
  readonly role: { readonly name: string; readonly arn: string; readonly policyName: string };
}

/** The group of schedules that every account has. */
export const SCHEDULE_GROUP = 'default';

const BUCKET_NAME = /^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/;
const TOPIC_NAME = /^[A-Za-z0-9_-]{1,256}$/;
const EVENT_NAME = /^[A-Za-z0-9._-]{1,64}$/;
const ROLE_NAME = /^[A-Za-z0-9+=,.@_-]{1,64}$/;
const INLINE_POLICY_NAME = /^[A-Za-z0-9+=,.@_-]{1,128}$/;

/** Fails with CONFIG_INVALID for names that AWS does not take. */
export function awsNames(config: ResourceConfig, account: Account): AwsNames {
  const { prefix, eventBridge, withProofRegistration } = config;
  const { region } = config.access;
  const { partition, id } = account;
  const queues = namedQueues(config, account);
  const queue = (wanted: QueueName): NamedQueue => {
    const found = queues.find((one) => one.queue === wanted);
    if (found === undefined) throw new OrchestratorError('CONFIG_INVALID', `There is no queue ${wanted}`);
    return found;
  };
  const words = TRIGGER_WORDS.filter((word) => withProofRegistration || word !== 'ProofRegistration');
  const triggers = words.map((word): NamedTrigger => {
    const wholeName = `${prefixed(prefix, eventBridge.ruleName, '-')}-${word.toLowerCase()}`;
    const name = checked(wholeName, EVENT_NAME, 'EventBridge trigger', 'letters, digits and . _ -, at most 64');
    return {
      word,
      name,
      ruleArn: `arn:${partition}:events:${region}:${id}:rule/${name}`,
      scheduleArn: `arn:${partition}:scheduler:${region}:${id}:schedule/${SCHEDULE_GROUP}/${name}`,
    };
  });
  const characters = 'letters, digits and + = , . @ _ -, at most';
  const roleName = checked(prefixed(prefix, eventBridge.roleName, '-'), ROLE_NAME, 'role', `${characters} 64`);
  const policyName = prefixed(prefix, eventBridge.policyName, '-');
  return {
    account,
    region,
    bucket: namedBucket(config, partition),
    queues,
    failureQueue: queue('job_handle_failure'),
    triggerQueue: queue('worker_trigger'),
    topic: namedTopic(config, account),
    triggers,
    role: {
      name: roleName,
      arn: `arn:${partition}:iam::${id}:role/${roleName}`,
      policyName: checked(policyName, INLINE_POLICY_NAME, 'policy', `${characters} 128`),
    },
  };
}

/** Reading and checking the names alone, before anybody is asked whose account it is. */
export function checkNames(config: ResourceConfig): void {
  awsNames(config, { partition: 'aws', id: '000000000000' });
}

/** Regions that ARNs in the settings name. Fails with CONFIG_INVALID for identifiers that cannot be read. */
export function givenRegions(
  config: Pick<ResourceConfig, 'queueIdentifier' | 'topicIdentifier' | 'prefix'>,
): GivenRegions {
  const { owner } = sqsQueueNames(config.queueIdentifier, config.prefix, '--queue-identifier');
  const topic = parseResourceId(config.topicIdentifier, '--topic-identifier');
  return {
    ...(owner !== undefined && { queues: owner.region }),
    ...(topic.kind === 'arn' && { topic: topic.region }),
  };
}

function namedQueues(config: ResourceConfig, account: Account): NamedQueue[] {
  const names = sqsQueueNames(config.queueIdentifier, config.prefix, '--queue-identifier');
  const given = names.owner !== undefined;
  const {
    partition,
    region,
    account: id,
  } = names.owner ?? {
    partition: account.partition,
    region: config.access.region,
    account: account.id,
  };
  return QUEUE_NAMES.filter((queue) => config.withProofRegistration || !queue.startsWith('proof_registration_')).map(
    (queue) => {
      const name = fullQueueName(names, queue);
      return { queue, name, arn: `arn:${partition}:sqs:${region}:${id}:${name}`, given, region, account: id };
    },
  );
}

function namedBucket(config: ResourceConfig, partition: string): NamedResource {
  const id = parseResourceId(config.bucketIdentifier, '--bucket-identifier');
  if (id.kind === 'arn') {
    expectService(id.service, 's3', '--bucket-identifier');
    return { name: id.resource, arn: id.arn, given: true };
  }
  const name = prefixed(config.prefix, id.name, '-');
  checked(name, BUCKET_NAME, 'bucket', 'lower case letters, digits, . and -, 3 to 63');
  return { name, arn: `arn:${partition}:s3:::${name}`, given: false };
}

function namedTopic(config: ResourceConfig, account: Account): NamedResource {
  const id = parseResourceId(config.topicIdentifier, '--topic-identifier');
  if (id.kind === 'arn') {
    expectService(id.service, 'sns', '--topic-identifier');
    return { name: id.resource, arn: id.arn, given: true };
  }
  const name = prefixed(config.prefix, id.name, '_');
  checked(name, TOPIC_NAME, 'topic', 'letters, digits, - and _, at most 256');
  return { name, arn: `arn:${account.partition}:sns:${config.access.region}:${account.id}:${name}`, given: false };
}

function checked(name: string, pattern: RegExp, what: string, rule: string): string {
  if (pattern.test(name)) return name;
  throw new OrchestratorError('CONFIG_INVALID', `AWS does not take "${name}" as the name of a ${what}`, {
    hint: `Allowed: ${rule}.`,
  });
}

function expectService(service: string, wanted: string, setting: string): void {
  if (service === wanted) return;
  throw new OrchestratorError('CONFIG_INVALID', `${setting} is an ARN of ${service}, not of ${wanted}`);
}
