import { describe, expect, it } from '@jest/globals';
import { runSetup } from '../../src/app/setup.ts';
import { type Environment, type FlagValues, readSettings } from '../../src/config/read-settings.ts';
import { runSettings } from '../../src/config/run-settings.ts';
import { fileVariables } from '../../src/config/setting.ts';
import { doctorSettings } from '../../src/config/settings/command-settings.ts';
import { setupSettings, teardownSettings } from '../../src/config/settings/setup-settings.ts';
import { resourceConfig, setupFaults } from '../../src/config/setup-config.ts';

const PREFIX = 'MADARA_ORCHESTRATOR_';
const ALL: FlagValues = { aws: true, 'aws-s3': true, 'aws-sqs': true, 'aws-sns': true, 'aws-event-bridge': true };

function read(flags: FlagValues, env: Environment = {}) {
  const sources = { flags, env: { AWS_REGION: 'eu-west-1', ...env }, readFile: () => '' };
  return resourceConfig(readSettings(setupSettings, sources, setupFaults).values);
}

describe('what setup and teardown are told', () => {
  it('has the documented defaults', () => {
    expect(read(ALL)).toEqual({
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
    });
  });

  it('takes the variables of existing deployments, new and old', () => {
    const names = {
      AWS_PREFIX: 'mine',
      STORAGE_EXPIRATION_DAYS: '3',
      EVENT_BRIDGE_TYPE: 'schedule',
      EVENT_BRIDGE_CRON_TIME: '120',
      EVENT_BRIDGE_TRIGGER_RULE_NAME: 'r',
      AWS_SNS_ARN: 'arn:aws:sns:us-east-1:000000000000:old',
      SETUP_TIMEOUT: '9',
      SETUP_RESOURCE_POLL_INTERVAL: '1',
    };
    const env = Object.fromEntries(Object.entries(names).map(([name, value]) => [`${PREFIX}${name}`, value]));
    expect(read(ALL, env)).toMatchObject({
      prefix: 'mine',
      expirationDays: 3,
      topicIdentifier: 'arn:aws:sns:us-east-1:000000000000:old',
      eventBridge: { kind: 'schedule', intervalSeconds: 120, ruleName: 'r' },
      timeoutSeconds: 9,
      pollIntervalSeconds: 1,
    });
    expect(read(ALL, { [`${PREFIX}SQS_PREFIX`]: 'older' }).queueIdentifier).toBe('older_{}_queue');
  });

  it('must ask for something, on AWS', () => {
    expect(() => read({ aws: true })).toThrow(/^No resources are chosen: add --aws and some of/);
    expect(() => read({ 'aws-s3': true })).toThrow('--aws-s3 needs --aws: add it.');
  });

  it('takes the older flags of existing deployments, and no keys', () => {
    const older = {
      'cron-time': '120',
      'trigger-rule-name': 'r',
      'trigger-role-name': 'o',
      'trigger-policy-name': 'p',
      'bucket-name': 'b',
      'sns-arn': 't',
    };
    expect(read({ ...ALL, ...older, 'target-queue-name': 'q' })).toMatchObject({
      bucketIdentifier: 'b',
      topicIdentifier: 't',
      eventBridge: { intervalSeconds: 120, ruleName: 'r', roleName: 'o', policyName: 'p' },
    });
    expect(read({ ...ALL, 'queue-base-url': 'http://sqs.example/1' }).queueIdentifier).toMatch(/^madara_orchestrator_/);
    const secret = 'wJalrXUtnFEMI';
    for (const flag of ['aws-access-key-id', 'aws-secret-access-key']) {
      expect(() => read({ ...ALL, [flag]: secret })).toThrow(
        `--${flag} is not valid: it must be left out, because keys`,
      );
      expect(() => read({ ...ALL, [flag]: secret })).not.toThrow(secret);
    }
  });

  it('stands beside the interval of run, which knows fractions of a minute', async () => {
    const env = { AWS_REGION: 'eu-west-1', [`${PREFIX}EVENT_BRIDGE_INTERVAL_SECONDS`]: '5' };
    const sources = { flags: {}, env, readFile: () => '' };
    for (const table of [setupSettings, teardownSettings, doctorSettings]) {
      expect(readSettings(table, sources).values).toMatchObject({ intervalSeconds: 5 });
    }
    const config = { ...read(ALL, env), plan: true, printPolicy: false };
    const io = { print: () => undefined, terminal: false, redraw: () => undefined, stop: new AbortController().signal };
    await expect(runSetup(config, io)).rejects.toMatchObject({
      code: 'CONFIG_INVALID',
      message: 'EventBridge cannot send every 5 s: it knows whole minutes, one at least',
      hint: expect.stringContaining('--in-process-cron'),
    });
  });

  it('is known to run, which reads the same environment', () => {
    const known = new Set(
      Object.values(runSettings).flatMap((setting) => [...setting.variables, ...fileVariables(setting)]),
    );
    const own = [setupSettings, teardownSettings].flatMap((table) =>
      Object.values(table).flatMap(({ variables }) => variables),
    );
    expect(own.filter((name) => !known.has(name))).toEqual([]);
  });
});
