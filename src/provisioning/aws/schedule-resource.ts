import {
  CreateScheduleCommand,
  DeleteScheduleCommand,
  GetScheduleCommand,
  type GetScheduleCommandOutput,
  UpdateScheduleCommand,
} from '@aws-sdk/client-scheduler';
import { ADOPTION_NOTE, adoptedTags, madeTags, markOf, ownershipOf, reasonToKeep, tagsOfMark } from '../ownership.ts';
import type { Plan, Resource } from '../resource.ts';
import { unlessAbsent } from './absent.ts';
import { type NamedTrigger, SCHEDULE_GROUP } from './aws-names.ts';
import type { AwsContext } from './context.ts';
import { rateExpression } from './rate-expression.ts';
import { triggerInput } from './rule-plan.ts';
import { scheduleChanges, type WantedSchedule } from './schedule-plan.ts';

const KIND = 'EventBridge schedule';

/** A schedule that puts one trigger word on the worker-trigger queue at an interval. It has no tags: its description is its mark. */
export function scheduleResource(context: AwsContext, trigger: NamedTrigger, after: readonly Resource[]): Resource {
  return {
    kind: KIND,
    name: trigger.name,
    after,
    setup: () => planSetup(context, trigger),
    teardown: () => planTeardown(context, trigger),
  };
}

async function planSetup(context: AwsContext, trigger: NamedTrigger): Promise<Plan> {
  const { config, clients } = context;
  const rate = rateExpression(config.eventBridge.intervalSeconds);
  const actual = await readSchedule(context, trigger);
  if (actual === undefined) {
    const input = wantedSchedule(context, trigger, rate, markOf(madeTags(config.prefix)));
    const create = {
      summary: `create it with ${rate}`,
      run: async () => void (await clients.scheduler.send(new CreateScheduleCommand(input))),
    };
    return { steps: [create], outcome: 'created' };
  }
  const ownership = ownershipOf(tagsOfMark(actual.Description), config.prefix, `${KIND} ${trigger.name}`);
  const tags = ownership === 'made' ? madeTags(config.prefix) : adoptedTags(config.prefix);
  const wanted = wantedSchedule(context, trigger, rate, markOf(tags));
  const changes = scheduleChanges(actual, wanted);
  if (changes.length === 0) return { steps: [], outcome: 'unchanged' };
  const update = {
    summary: `set ${changes.join(', ')}`,
    run: async () => void (await clients.scheduler.send(new UpdateScheduleCommand(wanted))),
  };
  if (ownership !== 'unmarked') return { steps: [update], outcome: 'updated' };
  return { steps: [update], outcome: 'adopted', note: ADOPTION_NOTE };
}

async function planTeardown(context: AwsContext, trigger: NamedTrigger): Promise<Plan> {
  const { config, clients } = context;
  const actual = await readSchedule(context, trigger);
  if (actual === undefined) return { steps: [], outcome: 'absent' };
  const tags = tagsOfMark(actual.Description);
  const reason = reasonToKeep(ownershipOf(tags, config.prefix, `${KIND} ${trigger.name}`));
  if (reason !== undefined) return { steps: [], outcome: 'kept', note: reason };
  const input = { Name: trigger.name, GroupName: SCHEDULE_GROUP };
  const remove = {
    summary: 'delete it',
    run: async () => void (await unlessAbsent(clients.scheduler.send(new DeleteScheduleCommand(input)))),
  };
  return { steps: [remove], outcome: 'removed' };
}

async function readSchedule(
  { clients }: AwsContext,
  { name }: NamedTrigger,
): Promise<GetScheduleCommandOutput | undefined> {
  return await unlessAbsent(clients.scheduler.send(new GetScheduleCommand({ Name: name, GroupName: SCHEDULE_GROUP })));
}

function wantedSchedule(
  { names }: AwsContext,
  { name, word }: NamedTrigger,
  rate: string,
  mark: string,
): WantedSchedule {
  return {
    Name: name,
    GroupName: SCHEDULE_GROUP,
    Description: mark,
    ScheduleExpression: rate,
    ScheduleExpressionTimezone: 'UTC',
    FlexibleTimeWindow: { Mode: 'OFF' },
    State: 'ENABLED',
    Target: { Arn: names.triggerQueue.arn, RoleArn: names.role.arn, Input: triggerInput(word) },
  };
}
