import {
  CreateQueueCommand,
  DeleteQueueCommand,
  GetQueueAttributesCommand,
  GetQueueUrlCommand,
  ListQueueTagsCommand,
  type QueueAttributeName,
  SetQueueAttributesCommand,
  TagQueueCommand,
} from '@aws-sdk/client-sqs';
import { ADOPTION_NOTE, adoptedTags, madeTags, ownershipOf, reasonToKeep, type Tags } from '../ownership.ts';
import type { Plan, Resource, Step } from '../resource.ts';
import { givenIsAbsent, unlessAbsent } from './absent.ts';
import type { NamedQueue } from './aws-names.ts';
import type { AwsContext } from './context.ts';
import {
  changedAttributes,
  changedQueuePolicy,
  deliveryStatement,
  type QueueAttributes,
  wantedAttributes,
} from './queue-plan.ts';

const KIND = 'SQS queue';

/** What of a queue decides what setup does to it. */
interface ActualQueue {
  readonly url: string;
  readonly attributes: QueueAttributes;
  readonly tags: Tags;
}

/** One queue with its attributes, its way to the failure queue and, for triggers, the permission of EventBridge to send. */
export function queueResource(context: AwsContext, named: NamedQueue, after: readonly Resource[]): Resource {
  return {
    kind: KIND,
    name: named.name,
    after,
    setup: () => (named.given ? planGiven(context, named) : planSetup(context, named)),
    teardown: () => planTeardown(context, named),
  };
}

async function planSetup(context: AwsContext, named: NamedQueue): Promise<Plan> {
  const { config, names, clients } = context;
  const title = `${KIND} ${named.name}`;
  const actual = await readQueue(context, named);
  const wanted = wantedAttributes(named, names, config.stateTransitionTimeoutSeconds);
  const triggered = named.queue === 'worker_trigger';
  const statement = triggered && config.eventBridge.kind === 'rule' ? deliveryStatement(names) : undefined;
  const policy = triggered ? changedQueuePolicy(actual?.attributes.Policy, statement, title) : undefined;
  if (actual === undefined) {
    const attributes = { ...wanted, ...(policy === undefined ? {} : { Policy: policy }) };
    const input = { QueueName: named.name, Attributes: attributes, tags: { ...madeTags(config.prefix) } };
    const create = {
      summary: `create it (${describe(attributes)})`,
      run: async () => void (await clients.sqs.send(new CreateQueueCommand(input))),
    };
    return { steps: [create], outcome: 'created' };
  }
  const steps: Step[] = [];
  const adopt = ownershipOf(actual.tags, config.prefix, title) === 'unmarked';
  if (adopt) {
    const input = { QueueUrl: actual.url, Tags: { ...adoptedTags(config.prefix) } };
    steps.push({
      summary: 'tag it',
      run: async () => void (await clients.sqs.send(new TagQueueCommand(input))),
    });
  }
  const changes = {
    ...changedAttributes(actual.attributes, wanted),
    ...(policy === undefined ? {} : { Policy: policy }),
  };
  if (Object.keys(changes).length > 0) {
    const input = { QueueUrl: actual.url, Attributes: changes };
    steps.push({
      summary: `set ${describe(changes, actual.attributes)}`,
      run: async () => void (await clients.sqs.send(new SetQueueAttributesCommand(input))),
    });
  }
  if (steps.length === 0) return { steps, outcome: 'unchanged' };
  return adopt ? { steps, outcome: 'adopted', note: ADOPTION_NOTE } : { steps, outcome: 'updated' };
}

async function planGiven(context: AwsContext, named: NamedQueue): Promise<Plan> {
  if ((await queueUrl(context, named)) === undefined) throw givenIsAbsent(`${KIND} ${named.name}`, named.arn);
  const needsPolicy = named.queue === 'worker_trigger' && context.config.eventBridge.kind === 'rule';
  if (!needsPolicy || !context.config.wanted.cron) return { steps: [], outcome: 'given' };
  const statement = JSON.stringify(deliveryStatement(context.names));
  return { steps: [], outcome: 'given', note: `its policy must have this statement for rules to send: ${statement}` };
}

async function planTeardown(context: AwsContext, named: NamedQueue): Promise<Plan> {
  if (named.given) return { steps: [], outcome: 'kept', note: 'it was given by its ARN' };
  const actual = await readQueue(context, named);
  if (actual === undefined) return { steps: [], outcome: 'absent' };
  const reason = reasonToKeep(ownershipOf(actual.tags, context.config.prefix, `${KIND} ${named.name}`));
  if (reason !== undefined) return { steps: [], outcome: 'kept', note: reason };
  const remove = {
    summary: 'delete it with its messages',
    run: async () =>
      void (await unlessAbsent(context.clients.sqs.send(new DeleteQueueCommand({ QueueUrl: actual.url })))),
  };
  return { steps: [remove], outcome: 'removed' };
}

async function readQueue(context: AwsContext, named: NamedQueue): Promise<ActualQueue | undefined> {
  const { sqs } = context.clients;
  const QueueUrl = await queueUrl(context, named);
  if (QueueUrl === undefined) return undefined;
  const AttributeNames: QueueAttributeName[] = ['All'];
  // A queue that is being deleted still has its URL for a while.
  const attributes = await unlessAbsent(sqs.send(new GetQueueAttributesCommand({ QueueUrl, AttributeNames })));
  if (attributes === undefined) return undefined;
  const tags = await unlessAbsent(sqs.send(new ListQueueTagsCommand({ QueueUrl })));
  return tags && { url: QueueUrl, attributes: attributes.Attributes ?? {}, tags: tags.Tags ?? {} };
}

async function queueUrl({ clients }: AwsContext, { name, given, account }: NamedQueue): Promise<string | undefined> {
  const input = { QueueName: name, ...(given ? { QueueOwnerAWSAccountId: account } : {}) };
  const answer = await unlessAbsent(clients.sqs.send(new GetQueueUrlCommand(input)));
  return answer?.QueueUrl;
}

function describe(changes: QueueAttributes, before: QueueAttributes = {}): string {
  return Object.entries(changes)
    .map(([name, value]) => {
      if (name === 'Policy') return value === '' ? 'no Policy' : 'Policy for EventBridge';
      if (name === 'RedrivePolicy') return 'RedrivePolicy to the failure queue';
      const old = before[name];
      return old === undefined ? `${name} ${value}` : `${name} ${value} (was ${old})`;
    })
    .join(', ');
}
