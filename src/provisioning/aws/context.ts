import type { ResourceConfig } from '../setup-config.ts';
import type { AwsClients } from './aws-clients.ts';
import type { AwsNames } from './aws-names.ts';

/** What the resources are made from. */
export interface AwsContext {
  readonly config: ResourceConfig;
  readonly names: AwsNames;
  readonly clients: AwsClients;
}
