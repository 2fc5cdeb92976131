import { parseResourceId } from '../../aws/resource-name.ts';
import { OrchestratorError } from '../../errors/orchestrator-error.ts';
import { QUEUE_NAMES, type QueueName } from '../queue.ts';

/** The template that existing deployments use; `{}` stands for the queue type. */
const DEFAULT_QUEUE_TEMPLATE = 'mo_{}_queue';

const PLACE = '{}';
/** What SQS takes as the name of a standard queue. */
const VALID_NAME = /^[A-Za-z0-9_-]{1,80}$/;

/** Where queues are that were given by an ARN: they belong to whoever made them, `setup` leaves them alone. */
export interface QueueOwner {
  readonly partition: string;
  readonly region: string;
  readonly account: string;
}

/** How the queues of one installation are called at SQS, and how each is found. */
export interface SqsQueueNames {
  /** Name at SQS with `{}` where the queue type goes, prefix included. */
  readonly template: string;
  /** Given by ARN: region and account come from it. */
  readonly owner?: QueueOwner;
  /** Given by the URL that all queue URLs start with (the March 2025 program's way). */
  readonly baseUrl?: string;
}

/**
 * Reads the queue identifier: a name template (`mo_{}_queue`, with `{prefix}_` put in front), or the ARN of queues that
 * exist (`arn:aws:sqs:eu-west-1:123456789012:mo_{}_queue`, taken as it is). Fails with CONFIG_INVALID.
 */
export function sqsQueueNames(identifier: string, prefix: string | undefined, setting: string): SqsQueueNames {
  const id = parseResourceId(identifier, setting);
  if (id.kind === 'name') {
    const template = prefix === undefined || prefix === '' ? id.name : `${prefix}_${id.name}`;
    return checked({ template }, setting);
  }
  if (id.service !== 'sqs') {
    throw new OrchestratorError('CONFIG_INVALID', `${setting} is an ARN of ${id.service}, not of an SQS queue`);
  }
  const { partition, region, account } = id;
  return checked({ template: id.resource, owner: { partition, region, account } }, setting);
}

/** Names of the March 2025 program: `{SQS_BASE_QUEUE_URL}/{SQS_PREFIX}_{type}_{SQS_SUFFIX}`. */
export interface OlderQueueSettings {
  /** `MADARA_ORCHESTRATOR_SQS_PREFIX`, by default `madara_orchestrator`. */
  readonly prefix?: string;
  /** `MADARA_ORCHESTRATOR_SQS_SUFFIX`, by default `queue`. */
  readonly suffix?: string;
  /** `MADARA_ORCHESTRATOR_SQS_BASE_QUEUE_URL`; without it SQS is asked for the URLs. */
  readonly baseQueueUrl?: string;
}

/** The same queues as the March 2025 program found with these settings. Fails with CONFIG_INVALID. */
export function olderSqsQueueNames({ prefix, suffix, baseQueueUrl }: OlderQueueSettings): SqsQueueNames {
  const template = `${prefix ?? 'madara_orchestrator'}_${PLACE}_${suffix ?? 'queue'}`;
  const setting = 'SQS_PREFIX, SQS_SUFFIX';
  if (baseQueueUrl === undefined || baseQueueUrl === '') return checked({ template }, setting);
  if (!URL.canParse(baseQueueUrl)) {
    throw new OrchestratorError('CONFIG_INVALID', 'SQS_BASE_QUEUE_URL is not a URL', {
      hint: 'It looks like https://sqs.eu-west-1.amazonaws.com/123456789012.',
    });
  }
  return checked({ template, baseUrl: baseQueueUrl.replace(/\/+$/, '') }, setting);
}

/** Name at SQS, for example `mo_snos_job_processing_queue`. */
export function fullQueueName({ template }: SqsQueueNames, queue: QueueName): string {
  return template.replace(PLACE, queue);
}

/** The queue that has this name at SQS; undefined when it is none of ours. */
export function queueNamed(names: SqsQueueNames, fullName: string): QueueName | undefined {
  return QUEUE_NAMES.find((queue) => fullQueueName(names, queue) === fullName);
}

/**
 * URL of the queue when the names alone tell it; undefined when SQS must be asked (`GetQueueUrl`). `endpoint` stands in
 * for AWS's own host.
 */
export function knownQueueUrl(
  names: SqsQueueNames,
  queue: QueueName,
  endpoint: string | undefined,
): string | undefined {
  const name = fullQueueName(names, queue);
  if (names.baseUrl !== undefined) return `${names.baseUrl}/${name}`;
  if (names.owner === undefined) return undefined;
  const { partition, region, account } = names.owner;
  const domain = partition === 'aws-cn' ? 'amazonaws.com.cn' : 'amazonaws.com';
  const host = endpoint?.replace(/\/+$/, '') ?? `https://sqs.${region}.${domain}`;
  return `${host}/${account}/${name}`;
}

function checked(names: SqsQueueNames, setting: string): SqsQueueNames {
  if (names.template.split(PLACE).length !== 2) {
    throw new OrchestratorError('CONFIG_INVALID', `${setting}: "${names.template}" needs {} exactly once`, {
      hint: `{} stands for the queue type, as in ${DEFAULT_QUEUE_TEMPLATE}.`,
    });
  }
  const wrong = QUEUE_NAMES.map((queue) => fullQueueName(names, queue)).find((name) => !VALID_NAME.test(name));
  if (wrong !== undefined) {
    throw new OrchestratorError('CONFIG_INVALID', `${setting}: SQS does not take "${wrong}" as a queue name`, {
      hint: 'Letters, digits, - and _, at most 80 of them.',
    });
  }
  return names;
}
