import type { RunConfig } from '../config/run-config.ts';
import type { Identity, JobStore } from '../database/job-store.ts';
import { OrchestratorError } from '../errors/orchestrator-error.ts';
import { SCHEMA_VERSION } from '../jobs/job.ts';
import type { SettledState } from '../settlement/settlement.ts';
import { feltToHex } from '../starknet/felt.ts';
import type { StarknetNode } from '../starknet/starknet-node.ts';
import type { Log } from '../telemetry/log.ts';
import type { SettlementLayer } from './settlement-layer.ts';

/** What was found out while checking, needed to go on. */
export interface StartFacts {
  readonly position: SettledState;
  readonly identity: Identity;
}

/**
 * Everything that must be right before the first job: nodes that answer, a contract that is one, a key that may write to
 * it and can pay, a database that belongs to this chain and contract. Each fault is said with what to do about it.
 */
export async function checkStart(
  config: RunConfig,
  node: StarknetNode,
  layer: SettlementLayer,
  store: JobStore,
  log: Log,
): Promise<StartFacts> {
  const chainId = await node.chainId();
  await layer.settlement.parameters();
  const position = await layer.settlement.state('included');
  await checkOperator(layer, config, log);
  await checkBalances(layer, log);
  await checkRegistry(layer, config);
  const identity = await claimIdentity(store, {
    starknetChainId: feltToHex(chainId),
    settlementChainId: `ethereum:${layer.chainId}`,
    coreContract: config.coreContractAddress.toLowerCase(),
    schemaVersion: SCHEMA_VERSION,
  });
  await checkFirstBlock(config, store, position);
  return { position, identity };
}

async function checkOperator(layer: SettlementLayer, config: RunConfig, log: Log): Promise<void> {
  const operator = await layer.settlement.contract.isOperator(layer.signer.address);
  if (operator === 'unknown') {
    log.warn({ contract: config.coreContractAddress }, 'the core contract does not say who its operators are');
  } else if (!operator) {
    throw new OrchestratorError(
      'CONFIG_INVALID',
      `${layer.signer.address} is not an operator of the core contract ${config.coreContractAddress}`,
      {
        hint: "Have its governor call registerOperator for this address, or give the operator's key in --ethereum-private-key.",
      },
    );
  }
  const closed = await layer.settlement.contract.closedBecause();
  if (closed === undefined) return;
  throw new OrchestratorError(
    'CONFIG_INVALID',
    `the core contract ${config.coreContractAddress} is ${closed} and takes no state updates`,
    {
      hint: 'Check --l1-core-contract-address.',
    },
  );
}

async function checkBalances(layer: SettlementLayer, log: Log): Promise<void> {
  const { client, signer, registrarAddress } = layer;
  for (const [address, purpose, flag] of [
    [signer.address, 'pays for state updates', '--ethereum-private-key'],
    [registrarAddress as `0x${string}`, 'registers facts', '--fact-registry-private-key'],
  ] as const) {
    const balance = await client.balance(address, 'latest');
    if (balance === 0n) {
      throw new OrchestratorError(
        'CONFIG_INVALID',
        `${address}, which ${purpose}, has no funds on chain ${layer.chainId}`,
        {
          hint: `Send ether to it, or give another key in ${flag}.`,
        },
      );
    }
    log.debug({ address, wei: balance.toString() }, `balance of the account that ${purpose}`);
  }
}

async function checkRegistry(layer: SettlementLayer, config: RunConfig): Promise<void> {
  try {
    await layer.registrar.isValid(`0x${'0'.repeat(64)}`);
  } catch (cause) {
    if (cause instanceof OrchestratorError && cause.retry === 'dependency-down') throw cause;
    throw new OrchestratorError(
      'CONFIG_INVALID',
      `${config.factRegistryAddress} does not answer isValid(bytes32) on chain ${layer.chainId}`,
      {
        cause,
        hint: 'Check --fact-registry-address: it must be the registry that the core contract asks.',
      },
    );
  }
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
        hint: 'Give the data directory of this chain, or a new one: the position comes from the contract, so nothing is lost.',
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
