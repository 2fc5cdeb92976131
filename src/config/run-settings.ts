import { usedElsewhere } from './setting.ts';
import { rangeSettings, unusedBatchingSettings } from './settings/batching-settings.ts';
import { infrastructureSettings, layerSettings, unusedServerSettings } from './settings/infrastructure-settings.ts';
import { logSettings } from './settings/log-settings.ts';
import { nodeSettings, unusedNodeSettings } from './settings/node-settings.ts';
import { proverSettings, unusedProverSettings } from './settings/prover-settings.ts';
import { serviceSettings } from './settings/service-settings.ts';
import { settlementSettings, unusedSettlementSettings } from './settings/settlement-settings.ts';
import { onlySetupSettings, unusedSetupSettings } from './settings/setup-settings.ts';

/** Settings that change what `run` does. */
export const usedRunSettings = {
  ...nodeSettings,
  ...settlementSettings,
  ...proverSettings,
  ...serviceSettings,
  ...rangeSettings,
  ...layerSettings,
  ...infrastructureSettings,
  ...logSettings,
} as const;

/** Settings of existing deployments that `run` knows and cannot follow yet. */
export const unusedRunSettings = {
  ...unusedNodeSettings,
  ...unusedSettlementSettings,
  ...unusedProverSettings,
  ...unusedServerSettings,
  ...unusedSetupSettings,
  ...unusedBatchingSettings,
} as const;

/** Settings of `setup` and `teardown`, which may stand in the same environment. */
const setupRunSettings = usedElsewhere(onlySetupSettings);

export const runSettings = { ...usedRunSettings, ...setupRunSettings, ...unusedRunSettings } as const;
