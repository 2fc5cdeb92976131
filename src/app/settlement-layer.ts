import type { Clock } from '../clock/clock.ts';
import type { RunConfig } from '../config/run-config.ts';
import { EthereumFactRegistrar } from '../provers/ethereum/ethereum-fact-registrar.ts';
import type { FactRegistrar } from '../provers/fact-registry.ts';
import type { EthereumClient } from '../settlement/ethereum/ethereum-client.ts';
import { EthereumSettlement } from '../settlement/ethereum/ethereum-settlement.ts';
import { DEFAULT_SETTLEMENT_TUNING } from '../settlement/ethereum/transaction-options.ts';
import { privateKeySigner, type TransactionSigner } from '../settlement/ethereum/transaction-signer.ts';
import type { Kzg } from '../starknet/kzg.ts';
import type { Log } from '../telemetry/log.ts';
import type { Infrastructure } from './infrastructure.ts';

export interface SettlementLayer {
  readonly client: EthereumClient;
  readonly settlement: EthereumSettlement;
  readonly signer: TransactionSigner;
  readonly registrar: FactRegistrar;
  readonly registrarAddress: string;
  /** Numeric chain id. */
  readonly chainId: number;
  readonly confirmations: number;
}

/** Anvil's and Hardhat's chain id: blocks there are final as soon as they are mined. */
export const LOCAL_CHAIN_ID = 31_337;

/** Builds settlement on Ethereum. Asks the node behind `client` for its chain id, which decides the default depth. */
export async function connectEthereum(
  config: RunConfig,
  infrastructure: Pick<Infrastructure, 'intents' | 'objects'>,
  client: EthereumClient,
  kzg: Kzg,
  clock: Clock,
  log: Log,
): Promise<SettlementLayer> {
  const chainId = await client.chainId();
  const local = chainId === LOCAL_CHAIN_ID;
  const confirmations = config.settlementConfirmations ?? (local ? 1 : DEFAULT_SETTLEMENT_TUNING.confirmations);
  const signer = privateKeySigner(config.ethereumPrivateKey);
  const registrarSigner = privateKeySigner(config.factRegistryPrivateKey);
  const resendAfterMs = config.fees.confirmationTimeoutSeconds * 1000;
  const settlement = new EthereumSettlement(
    {
      client,
      kzg,
      intents: infrastructure.intents,
      objects: infrastructure.objects,
      clock,
      log,
      signer,
      coreContract: config.coreContractAddress,
    },
    {
      ...DEFAULT_SETTLEMENT_TUNING,
      confirmations,
      wrapperVersion: config.disablePeerdas ? 0 : 1,
      resendAfterMs,
      maxFeeBumps: config.fees.maxFeeBumps,
      fees: { ...DEFAULT_SETTLEMENT_TUNING.fees, maxFeeWei: config.fees.maxFeeWei },
    },
  );
  const registrar = new EthereumFactRegistrar({
    client,
    address: config.factRegistryAddress,
    confirmations: 1,
    signer: registrarSigner,
    clock,
    log,
    resendAfterMs,
  });
  return { client, settlement, signer, registrar, registrarAddress: registrarSigner.address, chainId, confirmations };
}
