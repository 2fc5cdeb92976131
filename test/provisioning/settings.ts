import type { ResourceConfig } from '../../src/provisioning/setup-config.ts';

/** The defaults of the command line, with everything asked for. */
export function resourceSettings(changes: Partial<ResourceConfig> = {}): ResourceConfig {
  return {
    access: { region: 'eu-west-1', endpoint: undefined },
    wanted: { storage: true, queues: true, alerts: true, cron: true },
    prefix: undefined,
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
    timeoutSeconds: 300,
    pollIntervalSeconds: 5,
    ...changes,
  };
}

export const ACCOUNT = { partition: 'aws', id: '123456789012' } as const;
