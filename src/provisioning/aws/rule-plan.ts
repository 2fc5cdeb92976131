import type { DescribeRuleResponse, Target } from '@aws-sdk/client-eventbridge';
import type { TriggerWord } from '../../scheduling/scheduler.ts';
import type { Tags } from '../ownership.ts';

/** What of a rule decides what setup does to it. */
export interface ActualRule {
  readonly rule: Pick<DescribeRuleResponse, 'ScheduleExpression' | 'State' | 'EventPattern'>;
  readonly targets: readonly Target[];
  readonly tags: Tags;
}

export interface WantedRule {
  readonly rate: string;
  readonly target: {
    readonly Id: string;
    readonly Arn: string;
    readonly InputTransformer: { readonly InputTemplate: string };
  };
}

/** The same at every run, so that putting it again changes nothing. */
const TARGET_ID = 'worker-trigger';

/** The body of a trigger message: a JSON string, since EventBridge takes nothing but JSON. */
export function triggerInput(word: TriggerWord): string {
  return JSON.stringify(word);
}

/**
 * The word as a template without variables: the same message as from a constant input, which LocalStack does not deliver
 * unless it is an object.
 */
export function targetOf(word: TriggerWord, queueArn: string): WantedRule['target'] {
  return { Id: TARGET_ID, Arn: queueArn, InputTransformer: { InputTemplate: triggerInput(word) } };
}

/** What of the rule itself is not as wanted, in words; empty when all is. */
export function ruleChanges({ rule }: Pick<ActualRule, 'rule'>, rate: string): string[] {
  return [
    ...(rule.ScheduleExpression === rate ? [] : [`${rate} (was ${rule.ScheduleExpression ?? 'no schedule'})`]),
    ...(rule.State === 'ENABLED' ? [] : [`ENABLED (was ${rule.State})`]),
    ...((rule.EventPattern ?? '') === '' ? [] : ['no event pattern']),
  ];
}

export interface TargetPlan {
  /** Ours has to be put. */
  readonly missing: boolean;
  /** Ids of others that send to the same queue: those of the older program, which would trigger twice. */
  readonly superseded: readonly string[];
  /** Ids of targets elsewhere: somebody else's business. */
  readonly foreign: readonly string[];
}

export function planTargets(actual: readonly Target[], wanted: WantedRule['target']): TargetPlan {
  const others = actual.filter(({ Id }) => Id !== wanted.Id);
  const ids = (targets: readonly Target[]) => targets.flatMap(({ Id }) => (Id === undefined ? [] : [Id]));
  return {
    missing: !actual.some((target) => sameTarget(target, wanted)),
    superseded: ids(others.filter(({ Arn }) => Arn === wanted.Arn)),
    foreign: ids(others.filter(({ Arn }) => Arn !== wanted.Arn)),
  };
}

function sameTarget(a: Target, b: WantedRule['target']): boolean {
  const { InputPathsMap = {}, InputTemplate } = a.InputTransformer ?? {};
  const plain = Object.keys(InputPathsMap).length === 0 && (a.Input ?? '') === '' && (a.InputPath ?? '') === '';
  const sameInput = InputTemplate === b.InputTransformer.InputTemplate && plain;
  return a.Id === b.Id && a.Arn === b.Arn && sameInput && (a.RoleArn ?? '') === '';
}
