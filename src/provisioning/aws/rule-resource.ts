import {
  DeleteRuleCommand,
  DescribeRuleCommand,
  ListTagsForResourceCommand,
  ListTargetsByRuleCommand,
  PutRuleCommand,
  PutTargetsCommand,
  RemoveTargetsCommand,
  TagResourceCommand,
} from '@aws-sdk/client-eventbridge';
import { OrchestratorError } from '../../errors/orchestrator-error.ts';
import { ADOPTION_NOTE, adoptedTags, madeTags, ownershipOf, reasonToKeep } from '../ownership.ts';
import type { Plan, Resource, Step } from '../resource.ts';
import { unlessAbsent } from './absent.ts';
import type { NamedTrigger } from './aws-names.ts';
import type { AwsContext } from './context.ts';
import { rateExpression } from './rate-expression.ts';
import { type ActualRule, planTargets, ruleChanges, targetOf, type WantedRule } from './rule-plan.ts';
import { tagList, tagsOf } from './tag-list.ts';

const KIND = 'EventBridge rule';

/** A rule that puts one trigger word on the worker-trigger queue at an interval. */
export function ruleResource(context: AwsContext, trigger: NamedTrigger, after: readonly Resource[]): Resource {
  return {
    kind: KIND,
    name: trigger.name,
    after,
    setup: () => planSetup(context, trigger),
    teardown: () => planTeardown(context, trigger),
  };
}

async function planSetup(context: AwsContext, trigger: NamedTrigger): Promise<Plan> {
  const { config, names } = context;
  const rate = rateExpression(config.eventBridge.intervalSeconds);
  const wanted: WantedRule = { rate, target: targetOf(trigger.word, names.triggerQueue.arn) };
  const actual = await readRule(context, trigger);
  if (actual === undefined) {
    return {
      steps: [putRule(context, trigger, rate, ['new']), putTarget(context, trigger, wanted)],
      outcome: 'created',
    };
  }
  const steps: Step[] = [];
  const adopt = ownershipOf(actual.tags, config.prefix, `${KIND} ${trigger.name}`) === 'unmarked';
  if (adopt) steps.push(tagRule(context, trigger));
  const changes = ruleChanges(actual, rate);
  if (changes.length > 0) steps.push(putRule(context, trigger, rate, changes));
  const { missing, superseded, foreign } = planTargets(actual.targets, wanted.target);
  if (missing) steps.push(putTarget(context, trigger, wanted));
  if (superseded.length > 0) steps.push(removeTargets(context, trigger, superseded, 'remove its older target'));
  const notes = [
    ...(adopt ? [ADOPTION_NOTE] : []),
    ...(foreign.length > 0 ? [`has targets that setup did not make: ${foreign.join(', ')}`] : []),
  ];
  const outcome = adopt ? 'adopted' : steps.length > 0 ? 'updated' : 'unchanged';
  return { steps, outcome, ...(notes.length > 0 && { note: notes.join('; ') }) };
}

async function planTeardown(context: AwsContext, trigger: NamedTrigger): Promise<Plan> {
  const { config, clients } = context;
  const actual = await readRule(context, trigger);
  if (actual === undefined) return { steps: [], outcome: 'absent' };
  const reason = reasonToKeep(ownershipOf(actual.tags, config.prefix, `${KIND} ${trigger.name}`));
  if (reason !== undefined) return { steps: [], outcome: 'kept', note: reason };
  const ids = actual.targets.flatMap(({ Id }) => (Id === undefined ? [] : [Id]));
  const remove: Step = {
    summary: 'delete it',
    run: async () => void (await unlessAbsent(clients.events.send(new DeleteRuleCommand({ Name: trigger.name })))),
  };
  const targets = ids.length === 0 ? [] : [removeTargets(context, trigger, ids, 'remove its targets')];
  return { steps: [...targets, remove], outcome: 'removed' };
}

async function readRule({ clients }: AwsContext, { name, ruleArn }: NamedTrigger): Promise<ActualRule | undefined> {
  const rule = await unlessAbsent(clients.events.send(new DescribeRuleCommand({ Name: name })));
  if (rule === undefined) return undefined;
  // At most five targets fit a rule, which is one page.
  const [targets, tags] = await Promise.all([
    clients.events.send(new ListTargetsByRuleCommand({ Rule: name })),
    clients.events.send(new ListTagsForResourceCommand({ ResourceARN: ruleArn })),
  ]);
  return { rule, targets: targets.Targets ?? [], tags: tagsOf(tags.Tags) };
}

function putRule(context: AwsContext, { name, word }: NamedTrigger, rate: string, changes: readonly string[]): Step {
  const created = changes.includes('new');
  const input = {
    Name: name,
    Description: `Asks the orchestrator for ${word} jobs that are missing`,
    ScheduleExpression: rate,
    State: 'ENABLED' as const,
    ...(created && { Tags: tagList(madeTags(context.config.prefix)) }),
  };
  return {
    summary: created ? `create it with ${rate}` : `set ${changes.join(', ')}`,
    run: async () => void (await context.clients.events.send(new PutRuleCommand(input))),
  };
}

function putTarget({ clients, names }: AwsContext, { name, word }: NamedTrigger, { target }: WantedRule): Step {
  const run = async () => {
    const answer = await clients.events.send(new PutTargetsCommand({ Rule: name, Targets: [target] }));
    refuseFailed(name, answer.FailedEntries);
  };
  return { summary: `send "${word}" to ${names.triggerQueue.name}`, run };
}

function removeTargets({ clients }: AwsContext, { name }: NamedTrigger, ids: readonly string[], summary: string): Step {
  const run = async () => {
    const input = { Rule: name, Ids: [...ids] };
    const answer = await unlessAbsent(clients.events.send(new RemoveTargetsCommand(input)));
    refuseFailed(name, answer?.FailedEntries);
  };
  return { summary, run };
}

function tagRule({ clients, config }: AwsContext, { ruleArn }: NamedTrigger): Step {
  const input = { ResourceARN: ruleArn, Tags: tagList(adoptedTags(config.prefix)) };
  return { summary: 'tag it', run: async () => void (await clients.events.send(new TagResourceCommand(input))) };
}

interface FailedEntry {
  readonly ErrorCode?: string | undefined;
  readonly ErrorMessage?: string | undefined;
}

/** EventBridge answers 200 to a call of which a part failed. */
function refuseFailed(rule: string, entries: readonly FailedEntry[] = []): void {
  const [first] = entries;
  if (first === undefined) return;
  const text = `EventBridge refuses a target of the rule ${rule} (${first.ErrorCode}): ${first.ErrorMessage}`;
  throw new OrchestratorError('AWS_REFUSED', text, {
    ...(first.ErrorCode === 'ConcurrentModificationException' && { retry: 'transient' as const }),
    context: { rule, error: first.ErrorCode },
  });
}
