import type { Clock } from '../../clock/clock.ts';
import type { IntentStore } from '../../database/intent-store.ts';
import type { Kzg } from '../../starknet/kzg.ts';
import type { ObjectStore } from '../../storage/object-store.ts';
import type { Log } from '../../telemetry/log.ts';
import type { EthereumClient } from './ethereum-client.ts';
import { DEFAULT_FEE_POLICY, type FeePolicy } from './fees.ts';
import type { GasTuning } from './preflight.ts';
import type { TransactionSigner } from './transaction-signer.ts';

/** How the settlement transaction is offered and looked after. */
export interface SettlementTuning {
  /** Depth that counts as settled: 1 = in the newest block. A block at height b under head h has h - b + 1. */
  readonly confirmations: number;
  readonly fees: FeePolicy;
  readonly gas: GasTuning;
  /** A transaction that is not mined after this time or this many blocks is replaced by one with higher fees. */
  readonly resendAfterMs: number;
  readonly resendAfterBlocks: number;
  /** Replacements of one nonce. */
  readonly maxFeeBumps: number;
  /** 1 with cell proofs (EIP-7594, networks since Fusaka), 0 with blob proofs. */
  readonly wrapperVersion: 0 | 1;
  /** Blocks that a search for a past state update goes back. */
  readonly logLookBackBlocks: number;
}

export const DEFAULT_SETTLEMENT_TUNING: SettlementTuning = {
  confirmations: 3,
  fees: DEFAULT_FEE_POLICY,
  // One blob takes about 160,000; messages more.
  gas: { first: 400_000n, max: 16_777_216n, untried: 1_500_000n },
  resendAfterMs: 120_000,
  resendAfterBlocks: 10,
  maxFeeBumps: 4,
  wrapperVersion: 1,
  logLookBackBlocks: 100_000,
};

/** What settlement on Ethereum works with. */
export interface EthereumSettlementParts {
  readonly client: EthereumClient;
  readonly kzg: Kzg;
  readonly intents: IntentStore;
  readonly objects: ObjectStore;
  readonly clock: Clock;
  readonly log: Log;
  readonly signer: TransactionSigner;
  /** Address of the core contract. */
  readonly coreContract: string;
}
