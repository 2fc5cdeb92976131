import type { AwsAccess } from '../aws/aws-access.ts';

/** What is to be there, and how it is called. The same for making, removing and describing it. */
export interface ResourceConfig {
  readonly access: AwsAccess;
  /** Groups of resources that are asked for: `--aws-s3`, `--aws-sqs`, `--aws-sns`, `--aws-event-bridge`. */
  readonly wanted: {
    readonly storage: boolean;
    readonly queues: boolean;
    readonly alerts: boolean;
    readonly cron: boolean;
  };
  /** In front of every name, never of an ARN; undefined or empty: none. */
  readonly prefix: string | undefined;
  /** Name or ARN, `mo-bucket` by default. */
  readonly bucketIdentifier: string;
  /** Days after which the artifacts of a settled block expire. */
  readonly expirationDays: number;
  /** Template with `{}` for the queue's type, name or ARN, `mo_{}_queue` by default. */
  readonly queueIdentifier: string;
  /** Name or ARN, `alerts` by default. */
  readonly topicIdentifier: string;
  readonly eventBridge: EventBridgeConfig;
  /** The two queues and the trigger of proof registration are made only with it. */
  readonly withProofRegistration: boolean;
  /** Most seconds that sending a state update may take (300 by default); its queue hides messages for at least 1080 s. */
  readonly stateTransitionTimeoutSeconds: number;
  /** Seconds that waiting for AWS may take altogether, 300 by default. */
  readonly timeoutSeconds: number;
  /** Seconds between looks while waiting, 5 by default. */
  readonly pollIntervalSeconds: number;
}

export interface EventBridgeConfig {
  readonly kind: 'rule' | 'schedule';
  /** 60 by default; EventBridge knows whole minutes only. */
  readonly intervalSeconds: number;
  /** `mo-wt-rule` by default; the prefix comes in front, the trigger's word in lower case behind. */
  readonly ruleName: string;
  /** `mo-wt-role` by default; schedules only. */
  readonly roleName: string;
  /** `mo-wt-policy` by default; schedules only. */
  readonly policyName: string;
}

export interface SetupConfig extends ResourceConfig {
  /** Prints what would change, changes nothing. */
  readonly plan: boolean;
  /** Prints the IAM policies that setup and run need, changes nothing. */
  readonly printPolicy: boolean;
}

export interface TeardownConfig extends ResourceConfig {
  /** Does not ask. */
  readonly yes: boolean;
  /** Also removes a bucket that still holds objects, with them. */
  readonly deleteData: boolean;
  /** Prints what would be removed, removes nothing. */
  readonly plan: boolean;
}
