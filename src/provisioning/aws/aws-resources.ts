import { OrchestratorError } from '../../errors/orchestrator-error.ts';
import type { Resource } from '../resource.ts';
import { givenRegions } from './aws-names.ts';
import { bucketResource } from './bucket-resource.ts';
import type { AwsContext } from './context.ts';
import { queueResource } from './queue-resource.ts';
import { roleResource } from './role-resource.ts';
import { ruleResource } from './rule-resource.ts';
import { scheduleResource } from './schedule-resource.ts';
import { topicResource } from './topic-resource.ts';

export interface AwsResources {
  /** Of the groups that are asked for, what others need first. */
  readonly wanted: readonly Resource[];
  /** Those of them that are triggers. */
  readonly cron: readonly Resource[];
  /** Triggers of the other kind, which would trigger twice. */
  readonly superseded: readonly Resource[];
}

/** The resources of an installation, by what the settings ask for. */
export function awsResources(context: AwsContext): AwsResources {
  const { wanted, eventBridge } = context.config;
  const storage = wanted.storage ? [bucketResource(context)] : [];
  const alerts = wanted.alerts ? [topicResource(context)] : [];
  const queues = wanted.queues ? queueResources(context) : [];
  if (!wanted.cron) return { wanted: [...storage, ...alerts, ...queues], cron: [], superseded: [] };
  const rules = ruleResources(context, queues);
  const schedules = scheduleResources(context, queues);
  const [cron, superseded] = eventBridge.kind === 'rule' ? [rules, schedules] : [schedules, rules];
  return { wanted: [...storage, ...alerts, ...queues, ...cron], cron, superseded };
}

/** The failure queue comes first: SQS refuses a way to a queue that does not exist. */
function queueResources(context: AwsContext): Resource[] {
  const { queues, failureQueue } = context.names;
  const failure = queueResource(context, failureQueue, []);
  const others = queues.filter(({ queue }) => queue !== failureQueue.queue);
  return [failure, ...others.map((named) => queueResource(context, named, [failure]))];
}

function ruleResources(context: AwsContext, queues: readonly Resource[]): Resource[] {
  const { names } = context;
  const after = queues.filter(({ name }) => name === names.triggerQueue.name);
  return names.triggers.map((trigger) => ruleResource(context, trigger, after));
}

function scheduleResources(context: AwsContext, queues: readonly Resource[]): Resource[] {
  const { names } = context;
  const role = roleResource(context);
  const after = [role, ...queues.filter(({ name }) => name === names.triggerQueue.name)];
  return [role, ...names.triggers.map((trigger) => scheduleResource(context, trigger, after))];
}

/** Fails with CONFIG_INVALID when nothing is asked for. */
export function checkWanted({ wanted }: AwsContext['config']): void {
  if (Object.values(wanted).some(Boolean)) return;
  throw new OrchestratorError('CONFIG_INVALID', 'Nothing is asked for', {
    hint: 'Name what to work on: --aws-s3, --aws-sqs, --aws-sns, --aws-event-bridge.',
  });
}

/** Fails with CONFIG_INVALID for rules that could not send: a rule reaches queues of its own region only. */
export function checkDelivery(config: AwsContext['config']): void {
  const { wanted, eventBridge, access } = config;
  const { queues = access.region } = givenRegions(config);
  if (!wanted.cron || eventBridge.kind !== 'rule' || queues === access.region) return;
  throw new OrchestratorError(
    'CONFIG_INVALID',
    `EventBridge rules in ${access.region} cannot send to the worker-trigger queue in ${queues}`,
    {
      context: { region: access.region, queues: config.queueIdentifier },
      hint: `Make the rules where the queue is: setup --aws --aws-event-bridge with AWS_REGION=${queues}.`,
    },
  );
}
