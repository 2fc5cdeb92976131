import type { AwsAccess } from '../../src/aws/aws-access.ts';
import type { SetupConfig, TeardownConfig } from '../../src/provisioning/setup-config.ts';
import { resourceSettings } from '../../test/provisioning/settings.ts';

/** Settings of setup and teardown with the defaults of the command line, for everything; they wait less. */
export function setupConfig(
  access: AwsAccess,
  prefix: string,
  changes: Partial<SetupConfig & TeardownConfig> = {},
): SetupConfig & TeardownConfig {
  return {
    ...resourceSettings({ access, prefix, timeoutSeconds: 60, pollIntervalSeconds: 0.2 }),
    plan: false,
    printPolicy: false,
    yes: true,
    deleteData: false,
    ...changes,
  };
}
