import type { CreateScheduleCommandInput, GetScheduleCommandOutput } from '@aws-sdk/client-scheduler';

/** A whole schedule: an update replaces all of it. */
export type WantedSchedule = CreateScheduleCommandInput & {
  readonly Name: string;
  readonly Description: string;
  readonly ScheduleExpression: string;
  readonly Target: { readonly Arn: string; readonly RoleArn: string; readonly Input: string };
};

/** What of a schedule is not as wanted, in words; empty when all is. */
export function scheduleChanges(actual: GetScheduleCommandOutput, wanted: WantedSchedule): string[] {
  const facts: readonly (readonly [string, unknown, unknown])[] = [
    ['its mark', actual.Description, wanted.Description],
    ['its rate', actual.ScheduleExpression, wanted.ScheduleExpression],
    ['its time zone', actual.ScheduleExpressionTimezone, wanted.ScheduleExpressionTimezone],
    ['no flexible window', actual.FlexibleTimeWindow?.Mode, wanted.FlexibleTimeWindow?.Mode],
    ['ENABLED', actual.State, wanted.State],
    ['its queue', actual.Target?.Arn, wanted.Target.Arn],
    ['its role', actual.Target?.RoleArn, wanted.Target.RoleArn],
    ['its input', actual.Target?.Input, wanted.Target.Input],
  ];
  return facts.filter(([, is, shall]) => is !== shall).map(([text]) => text);
}
