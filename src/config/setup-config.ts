import { queueIdentifierOf } from './infrastructure-config.ts';
import { awsFaults } from './infrastructure-faults.ts';
import type { Setting, ValuesOf } from './setting.ts';
import type { resourceSettings } from './settings/setup-settings.ts';

type Values = ValuesOf<typeof resourceSettings>;

/** What `setup` and `teardown` cannot do with settings that are each valid. */
export function setupFaults(values: Partial<Values>, given: ReadonlySet<Setting<unknown>>): string[] {
  const { awsS3, awsSqs, awsSns, awsEventBridge } = values;
  if (awsS3 || awsSqs || awsSns || awsEventBridge) return awsFaults(values, given);
  return ['No resources are chosen: add --aws and some of --aws-s3, --aws-sqs, --aws-sns, --aws-event-bridge.'];
}

/** What is to be there, and how it is called. The settings have passed `setupFaults`. */
export function resourceConfig(values: Values) {
  const { awsRegion, awsEndpointUrl } = values;
  return {
    access: { region: awsRegion ?? '', endpoint: awsEndpointUrl },
    wanted: {
      storage: values.awsS3,
      queues: values.awsSqs,
      alerts: values.awsSns,
      cron: values.awsEventBridge,
    },
    prefix: values.awsPrefix,
    bucketIdentifier: values.bucketIdentifier,
    expirationDays: values.expirationDays,
    queueIdentifier: queueIdentifierOf(values),
    topicIdentifier: values.topicIdentifier,
    eventBridge: {
      kind: values.eventBridgeType,
      intervalSeconds: values.intervalSeconds,
      ruleName: values.eventBridgeRuleName,
      roleName: values.eventBridgeRoleName,
      policyName: values.eventBridgePolicyName,
    },
    withProofRegistration: values.withProofRegistration,
    stateTransitionTimeoutSeconds: values.stateTransitionTimeoutSeconds,
    timeoutSeconds: values.setupTimeoutSeconds,
    pollIntervalSeconds: values.setupPollSeconds,
  };
}
