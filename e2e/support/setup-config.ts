import type { AwsAccess } from '../../src/aws/aws-access.ts';
import type { SetupConfig, TeardownConfig } from '../../src/provisioning/setup-config.ts';

/** Settings of setup and teardown with the defaults of the command line, for everything. */
export function setupConfig(
  access: AwsAccess,
  prefix: string,
  changes: Partial<SetupConfig & TeardownConfig> = {},
): SetupConfig & TeardownConfig {
  return {
    access,
    prefix,
    wanted: { storage: true, queues: true, alerts: true, cron: true },
    bucketIdentifier: 'mo-bucket',
    expirationDays: 14,
    queueIdentifier: 'mo_{}_queue',
    topicIdentifier: 'alerts',
    eventBridge: {
      kind: 'rule',
      intervalSeconds: 60,
      ruleName: 'mo-wt-rule',
      roleName: 'mo-wt-role',
      policyName: 'mo-wt-policy',
    },
    withProofRegistration: false,
    stateTransitionTimeoutSeconds: 300,
    timeoutSeconds: 60,
    pollIntervalSeconds: 0.2,
    plan: false,
    printPolicy: false,
    yes: true,
    deleteData: false,
    ...changes,
  };
}
