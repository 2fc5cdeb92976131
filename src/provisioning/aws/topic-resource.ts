import {
  CreateTopicCommand,
  DeleteTopicCommand,
  GetTopicAttributesCommand,
  ListTagsForResourceCommand,
  TagResourceCommand,
} from '@aws-sdk/client-sns';
import { ADOPTION_NOTE, adoptedTags, madeTags, ownershipOf, reasonToKeep } from '../ownership.ts';
import type { Plan, Resource } from '../resource.ts';
import { givenIsAbsent, unlessAbsent } from './absent.ts';
import type { AwsContext } from './context.ts';
import { tagList, tagsOf } from './tag-list.ts';

const KIND = 'SNS topic';

/** The topic that alerts are published to; who subscribes to it is left to its operator. */
export function topicResource(context: AwsContext): Resource {
  return {
    kind: KIND,
    name: context.names.topic.name,
    after: [],
    setup: () => planSetup(context),
    teardown: () => planTeardown(context),
  };
}

async function planSetup(context: AwsContext): Promise<Plan> {
  const { config, clients, names } = context;
  const { name, arn, given } = names.topic;
  const found = await exists(context);
  if (given) {
    if (!found) throw givenIsAbsent(`${KIND} ${name}`, arn);
    return { steps: [], outcome: 'given' };
  }
  if (!found) {
    const input = { Name: name, Tags: tagList(madeTags(config.prefix)) };
    const create = {
      summary: 'create it',
      run: async () => void (await clients.sns.send(new CreateTopicCommand(input))),
    };
    return { steps: [create], outcome: 'created' };
  }
  if ((await ownership(context)) !== 'unmarked') return { steps: [], outcome: 'unchanged' };
  const input = { ResourceArn: arn, Tags: tagList(adoptedTags(config.prefix)) };
  const adopt = { summary: 'tag it', run: async () => void (await clients.sns.send(new TagResourceCommand(input))) };
  return { steps: [adopt], outcome: 'adopted', note: ADOPTION_NOTE };
}

async function planTeardown(context: AwsContext): Promise<Plan> {
  const { given, arn } = context.names.topic;
  if (given) return { steps: [], outcome: 'kept', note: 'it was given by its ARN' };
  if (!(await exists(context))) return { steps: [], outcome: 'absent' };
  const reason = reasonToKeep(await ownership(context));
  if (reason !== undefined) return { steps: [], outcome: 'kept', note: reason };
  const remove = {
    summary: 'delete it with its subscriptions',
    run: async () => void (await context.clients.sns.send(new DeleteTopicCommand({ TopicArn: arn }))),
  };
  return { steps: [remove], outcome: 'removed' };
}

async function exists({ clients, names }: AwsContext): Promise<boolean> {
  const input = { TopicArn: names.topic.arn };
  return (await unlessAbsent(clients.sns.send(new GetTopicAttributesCommand(input)))) !== undefined;
}

async function ownership({ clients, names, config }: AwsContext) {
  const { name, arn } = names.topic;
  const { Tags } = await clients.sns.send(new ListTagsForResourceCommand({ ResourceArn: arn }));
  return ownershipOf(tagsOf(Tags), config.prefix, `${KIND} ${name}`);
}
