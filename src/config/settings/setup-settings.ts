import { decimal, flag, integer, oneOf, text } from '../kinds.ts';
import { accepted, defaulted, neverGiven } from '../setting.ts';
import { awsSettings, layerSettings } from './infrastructure-settings.ts';
import { logSettings } from './log-settings.ts';
import { INTERVAL, serviceSettings } from './service-settings.ts';

/** What only `setup` and `teardown` look at; `run` knows them because all read one environment. */
export const onlySetupSettings = {
  eventBridgeType: defaulted(oneOf('rule', 'schedule'), 'rule', {
    flag: 'event-bridge-type',
    env: 'EVENT_BRIDGE_TYPE',
    description: 'What sends the cron messages: a rule of EventBridge, or a schedule of EventBridge Scheduler.',
  }),
  eventBridgeRuleName: defaulted(text, 'mo-wt-rule', {
    flag: 'event-bridge-trigger-rule-name',
    aliases: ['trigger-rule-name'],
    env: 'EVENT_BRIDGE_TRIGGER_RULE_NAME',
    description: "Name of rules and schedules; the trigger's word stands behind it.",
  }),
  eventBridgeRoleName: defaulted(text, 'mo-wt-role', {
    flag: 'event-bridge-trigger-role-name',
    aliases: ['trigger-role-name'],
    env: 'EVENT_BRIDGE_TRIGGER_ROLE_NAME',
    description: 'Role of schedules.',
  }),
  eventBridgePolicyName: defaulted(text, 'mo-wt-policy', {
    flag: 'event-bridge-trigger-policy-name',
    aliases: ['trigger-policy-name'],
    env: 'EVENT_BRIDGE_TRIGGER_POLICY_NAME',
    description: 'Policy of that role.',
  }),
  setupTimeoutSeconds: defaulted(integer(1, 86_400), '300', {
    flag: 'timeout',
    env: 'SETUP_TIMEOUT',
    description: 'Seconds that waiting for AWS may take altogether.',
  }),
  setupPollSeconds: defaulted(decimal(0.01, 86_400), '5', {
    flag: 'poll-interval',
    env: 'SETUP_RESOURCE_POLL_INTERVAL',
    description: 'Seconds between looks at a resource that is not ready yet.',
  }),
} as const;

const NO_KEYS =
  'keys of AWS come from the environment, a profile or a role, as its SDK finds them; a command line is visible to everybody on the host';

/** Older settings that say what is known otherwise. */
export const unusedSetupSettings = {
  bucketLocationConstraint: accepted(text, {
    flag: 'aws-bucket-location-constraint',
    aliases: ['bucket-location-constraint'],
    env: 'AWS_BUCKET_LOCATION_CONSTRAINT',
    description: 'Region of the S3 bucket; it is that of --aws-region.',
  }),
  eventBridgeTargetQueueName: accepted(text, {
    flag: 'event-bridge-target-queue-name',
    aliases: ['target-queue-name'],
    env: 'EVENT_BRIDGE_TARGET_QUEUE_NAME',
    description: 'Queue of EventBridge triggers; it is the worker-trigger queue.',
  }),
  awsAccessKeyId: neverGiven(NO_KEYS, {
    flag: 'aws-access-key-id',
    description: 'Key of AWS; it comes from the environment, a profile or a role.',
    secret: true,
  }),
  awsSecretAccessKey: neverGiven(NO_KEYS, {
    flag: 'aws-secret-access-key',
    description: 'The secret of that key; likewise.',
    secret: true,
  }),
} as const;

/** The resources, and how they are called. */
export const resourceSettings = {
  ...awsSettings,
  ...onlySetupSettings,
  // Whatever run takes: all commands read one environment. Whole minutes are asked for where triggers are made.
  intervalSeconds: defaulted(INTERVAL, '60', {
    flag: 'interval-seconds',
    aliases: ['cron-time'],
    env: ['EVENT_BRIDGE_INTERVAL_SECONDS', 'EVENT_BRIDGE_CRON_TIME'],
    description: 'Seconds between cron messages; EventBridge knows whole minutes only.',
  }),
  expirationDays: serviceSettings.retentionDays,
  stateTransitionTimeoutSeconds: serviceSettings.stateTransitionTimeoutSeconds,
  withProofRegistration: defaulted(flag, 'false', {
    flag: 'with-proof-registration',
    description: 'Also make the queues and the trigger of proof registration.',
  }),
} as const;

/** Known to both commands. */
const commonSettings = { ...resourceSettings, ...layerSettings, ...unusedSetupSettings, ...logSettings } as const;

export const setupSettings = {
  ...commonSettings,
  plan: defaulted(flag, 'false', { flag: 'plan', description: 'Print what would change, and change nothing.' }),
  printPolicy: defaulted(flag, 'false', {
    flag: 'print-policy',
    description: 'Print the IAM policies that setup and run need, and change nothing.',
  }),
} as const;

export const teardownSettings = {
  ...commonSettings,
  plan: defaulted(flag, 'false', { flag: 'plan', description: 'Print what would be removed, and remove nothing.' }),
  yes: defaulted(flag, 'false', { flag: 'yes', description: 'Do not ask.' }),
  deleteData: defaulted(flag, 'false', {
    flag: 'delete-data',
    description: 'Also remove a bucket that still holds objects, with all of them.',
  }),
} as const;
