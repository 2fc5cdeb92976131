import { rangeSettings, unusedBatchingSettings } from './settings/batching-settings.ts';
import { layerSettings, unusedInfrastructureSettings } from './settings/infrastructure-settings.ts';
import { logSettings } from './settings/log-settings.ts';
import { nodeSettings, unusedNodeSettings } from './settings/node-settings.ts';
import { proverSettings, unusedProverSettings } from './settings/prover-settings.ts';
import { serviceSettings } from './settings/service-settings.ts';
import { settlementSettings, unusedSettlementSettings } from './settings/settlement-settings.ts';

/** Settings that change what `run` does. */
export const usedRunSettings = {
  ...nodeSettings,
  ...settlementSettings,
  ...proverSettings,
  ...serviceSettings,
  ...rangeSettings,
  ...layerSettings,
  ...logSettings,
} as const;

/** Settings of existing deployments that `run` knows and cannot follow yet. */
export const unusedRunSettings = {
  ...unusedNodeSettings,
  ...unusedSettlementSettings,
  ...unusedProverSettings,
  ...unusedInfrastructureSettings,
  ...unusedBatchingSettings,
} as const;

export const runSettings = { ...usedRunSettings, ...unusedRunSettings } as const;
