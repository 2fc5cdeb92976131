import type { RunConfig } from '../config/run-config.ts';
import type { Identity, JobStore } from '../database/job-store.ts';
import { OrchestratorError } from '../errors/orchestrator-error.ts';
import { SCHEMA_VERSION } from '../jobs/job.ts';
import type { SettledState } from '../settlement/settlement.ts';
import { feltToHex } from '../starknet/felt.ts';
import type { StarknetNode } from '../starknet/starknet-node.ts';
import type { SettlementLayer } from './settlement-layer.ts';

/** What was found out while checking, needed to go on. */
export interface StartFacts {
  readonly position: SettledState;
  readonly identity: Identity;
}

/**
 * What can be checked only once everything answers: the database belongs to this chain and contract, and the first block
 * leaves none out. Each fault is said with what to do about it.
 */
export async function checkStart(
  config: RunConfig,
  node: StarknetNode,
  layer: SettlementLayer,
  store: JobStore,
): Promise<StartFacts> {
  const chainId = await node.chainId();
  await layer.settlement.parameters();
  const position = await layer.settlement.state('included');
  const identity = await claimIdentity(store, {
    starknetChainId: feltToHex(chainId),
    settlementChainId: `ethereum:${layer.chainId}`,
    coreContract: config.coreContractAddress.toLowerCase(),
    schemaVersion: SCHEMA_VERSION,
    positionAtStart: position.blockNumber,
  });
  await checkFirstBlock(config, store, position);
  return { position, identity };
}

async function claimIdentity(store: JobStore, ours: Identity): Promise<Identity> {
  const stored = await store.claimIdentity(ours);
  const names = {
    starknetChainId: 'Starknet chain',
    settlementChainId: 'settlement chain',
    coreContract: 'core contract',
    schemaVersion: 'schema',
  };
  for (const [field, name] of Object.entries(names) as [keyof Identity, string][]) {
    if (stored[field] === ours[field]) continue;
    throw new OrchestratorError(
      'IDENTITY_MISMATCH',
      `the database belongs to ${name} ${stored[field]}, this start is for ${ours[field]}`,
      {
        hint: 'Give the data directory or the database name of this chain, or a new one: the position comes from the contract, so nothing is lost.',
      },
    );
  }
  return stored;
}

async function checkFirstBlock(config: RunConfig, store: JobStore, position: SettledState): Promise<void> {
  const next = position.blockNumber + 1;
  if (!config.minBlockGiven || config.minBlock <= next || (await store.latest('SnosRun')) !== undefined) return;
  throw new OrchestratorError(
    'CONFIG_INVALID',
    `the core contract stands at block ${position.blockNumber}, so block ${next} comes next; --min-block-to-process ${config.minBlock} would leave out ${config.minBlock - next} of them`,
    { hint: `Leave --min-block-to-process out, or set it to ${next} or less.` },
  );
}
