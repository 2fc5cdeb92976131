import { createPublicClient, createTestClient, type Hex, http, parseEther, parseGwei, toHex } from 'viem';
import { systemClock } from '../../src/clock/system-clock.ts';
import { MemoryIntentStore } from '../../src/database/memory/memory-intent-store.ts';
import { ANVIL_ACCOUNTS, type Anvil, startAnvil } from '../../src/devnet/anvil.ts';
import { deployCore, deployFactRegistry } from '../../src/devnet/deploy-contracts.ts';
import { OrchestratorError } from '../../src/errors/orchestrator-error.ts';
import { EthereumFactRegistrar } from '../../src/provers/ethereum/ethereum-fact-registrar.ts';
import type { EthereumClient } from '../../src/settlement/ethereum/ethereum-client.ts';
import { EthereumSettlement } from '../../src/settlement/ethereum/ethereum-settlement.ts';
import { DEFAULT_JSON_RPC_HTTP } from '../../src/settlement/ethereum/json-rpc-http.ts';
import { RpcEthereumClient } from '../../src/settlement/ethereum/rpc-ethereum-client.ts';
import {
  DEFAULT_SETTLEMENT_TUNING,
  type EthereumSettlementParts,
  type SettlementTuning,
} from '../../src/settlement/ethereum/transaction-options.ts';
import { privateKeySigner } from '../../src/settlement/ethereum/transaction-signer.ts';
import type { StateUpdateRequest } from '../../src/settlement/settlement.ts';
import { wordsToBlobs } from '../../src/starknet/blob.ts';
import { challenge, evaluateWords } from '../../src/starknet/challenge.ts';
import { sharpFact } from '../../src/starknet/fact.ts';
import { nativeKzg } from '../../src/starknet/kzg/native-kzg.ts';
import { encodeOsOutput, type OsOutput } from '../../src/starknet/os-output.ts';
import { MemoryObjectStore } from '../../src/storage/memory/memory-object-store.ts';
import { silentLog } from '../../src/telemetry/log.ts';
import { VirtualClock } from '../virtual-clock.ts';
import { memoisedKzg } from './memoised-kzg.ts';

export const PROGRAM_HASH = 0x5eed_0001n;
const CONFIG_HASH = 0xc0f1_6001n;
/** Block before the first that the tests settle. */
export const START = 9;

export type Update = Omit<StateUpdateRequest, 'signal'>;

const kzg = memoisedKzg(nativeKzg());
const rootOf = (block: number): bigint => 0xa000n + BigInt(block);
const hashOf = (block: number): bigint => 0xb000n + BigInt(block);
const made = new Map<string, Promise<Update>>();

/** A correct update of one block; each is made once a process, for the KZG proofs take their time. */
export function updateOf(block: number, blobs = 1): Promise<Update> {
  const name = `${block}:${blobs}`;
  const update = made.get(name) ?? makeUpdate(block, blobs);
  made.set(name, update);
  return update;
}

async function makeUpdate(block: number, blobCount: number): Promise<Update> {
  const words = Array.from({ length: 4096 * (blobCount - 1) + 40 }, (_, index) => BigInt(block * 100_000 + index + 1));
  const blobs = wordsToBlobs(words, blobCount);
  const commitments = await Promise.all(blobs.map((blob) => kzg.commit(blob)));
  const z = challenge(words, commitments, 'since-0.13.2');
  const output: OsOutput = {
    initialRoot: rootOf(block - 1),
    finalRoot: rootOf(block),
    prevBlockNumber: block - 1,
    newBlockNumber: block,
    prevBlockHash: hashOf(block - 1),
    newBlockHash: hashOf(block),
    osProgramHash: 0n,
    configHash: CONFIG_HASH,
    useKzgDa: true,
    fullOutput: false,
    kzg: { z, commitments, evaluations: evaluateWords(words, z) },
    messagesToL1: [],
    messagesToL2: [],
  };
  const programOutput = encodeOsOutput(output);
  return {
    key: `job-${block}:${block}:state-update`,
    jobId: `job-${block}`,
    firstBlock: block,
    lastBlock: block,
    programOutput,
    blobs,
  };
}

/** Expected state after a block. */
export const stateOf = (block: number) => ({ blockNumber: block, root: rootOf(block), blockHash: hashOf(block) });

/** A real Anvil with registry and core contract, and everything of the settlement that outlives a worker. */
export class LocalSettlement {
  readonly anvil: Anvil;
  readonly core: Hex;
  readonly registry: Hex;
  readonly client: EthereumClient;
  readonly registrar: EthereumFactRegistrar;
  readonly clock = new VirtualClock();
  intents = new MemoryIntentStore();
  objects = new MemoryObjectStore();

  private constructor(anvil: Anvil, core: Hex, registry: Hex) {
    this.anvil = anvil;
    this.core = core;
    this.registry = registry;
    this.client = new RpcEthereumClient({ ...DEFAULT_JSON_RPC_HTTP, url: anvil.url, clock: systemClock });
    this.registrar = new EthereumFactRegistrar({
      client: this.client,
      address: registry,
      confirmations: 1,
      signer: privateKeySigner(ANVIL_ACCOUNTS[1].privateKey),
      clock: systemClock,
      log: silentLog,
      resendAfterMs: 10_000,
    });
  }

  static async start(): Promise<LocalSettlement> {
    const anvil = await startAnvil();
    try {
      const { address: registry } = await deployFactRegistry(anvil.url, ANVIL_ACCOUNTS[0].privateKey);
      const { address: core } = await deployCore(anvil.url, ANVIL_ACCOUNTS[0].privateKey, {
        programHash: PROGRAM_HASH,
        aggregatorProgramHash: 0n,
        factRegistry: registry,
        configHash: CONFIG_HASH,
        stateRoot: rootOf(START),
        blockNumber: START,
        blockHash: hashOf(START),
      });
      const local = new LocalSettlement(anvil, core, registry);
      // Blocks come when a test asks for them: mining on arrival happens some time after the answer.
      await local.rpc('evm_setAutomine', false);
      return local;
    } catch (error) {
      await anvil.stop();
      throw error;
    }
  }

  /** A worker's settlement over the shared stores; `change` wraps or replaces parts. */
  settlement(
    tuning: Partial<SettlementTuning> = {},
    change: (parts: EthereumSettlementParts) => Partial<EthereumSettlementParts> = () => ({}),
  ): EthereumSettlement {
    const parts: EthereumSettlementParts = {
      client: this.client,
      kzg,
      intents: this.intents,
      objects: this.objects,
      clock: this.clock,
      log: silentLog,
      signer: privateKeySigner(ANVIL_ACCOUNTS[0].privateKey),
      coreContract: this.core,
    };
    return new EthereumSettlement(
      { ...parts, ...change(parts) },
      { ...DEFAULT_SETTLEMENT_TUNING, confirmations: 1, ...tuning },
    );
  }

  async registerFact(update: Update): Promise<void> {
    await this.registrar.register(sharpFact(PROGRAM_HASH, update.programOutput));
    await this.mine();
  }

  async mine(blocks = 1): Promise<void> {
    await this.rpc('anvil_mine', toHex(blocks));
  }

  readonly chain = () =>
    createPublicClient({ transport: http(this.anvil.url, { timeout: 120_000 }), pollingInterval: 20 });
  readonly test = () => createTestClient({ mode: 'anvil', transport: http(this.anvil.url, { timeout: 120_000 }) });

  rpc(method: string, ...params: unknown[]): Promise<unknown> {
    return this.chain().request({ method, params } as never);
  }

  /** Transactions to the core contract that are in blocks above `fromBlock`, with their outcome. */
  async updatesOnChain(fromBlock: number): Promise<{ hash: Hex; status: string; nonce: number }[]> {
    const head = Number(await this.chain().getBlockNumber());
    const found = [];
    for (let number = fromBlock + 1; number <= head; number++) {
      const block = await this.chain().getBlock({ blockNumber: BigInt(number), includeTransactions: true });
      for (const { hash, to, nonce } of block.transactions) {
        if (to?.toLowerCase() !== this.core.toLowerCase()) continue;
        const { status } = await this.chain().getTransactionReceipt({ hash });
        found.push({ hash, status, nonce });
      }
    }
    return found;
  }

  /** Starts a test on the state that `snapshot` named: chain, stores and pool. */
  async reset(snapshot: Hex): Promise<Hex> {
    await this.rpc('evm_revert', snapshot);
    await this.rpc('anvil_dropAllTransactions');
    await this.test().setBalance({ address: ANVIL_ACCOUNTS[0].address, value: parseEther('1000') });
    this.intents = new MemoryIntentStore();
    this.objects = new MemoryObjectStore();
    const next = (await this.rpc('evm_snapshot')) as Hex;
    // The base fee is not part of what a snapshot brings back.
    await this.test().setNextBlockBaseFeePerGas({ baseFeePerGas: parseGwei('1') });
    await this.mine();
    return next;
  }
}

/** The error's code, retry class and whatever else a test asks for; a promise that does not fail is a failure. */
export async function failureOf(promise: Promise<unknown>): Promise<OrchestratorError> {
  try {
    await promise;
  } catch (error) {
    if (error instanceof OrchestratorError) return error;
    throw error;
  }
  throw new Error('did not fail');
}
