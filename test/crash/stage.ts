import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { createTestClient, type Hex, http, type PublicActions, publicActions, type TestClient } from 'viem';
import { ANVIL_ACCOUNTS, type Anvil, startAnvil } from '../../src/devnet/anvil.ts';
import { GeneratedChain } from '../../src/devnet/chain/generated/generated-chain.ts';
import { type ServedChainHandle, serveChain } from '../../src/devnet/chain/serve-chain.ts';
import type { ServedChain } from '../../src/devnet/chain/served-chain.ts';
import { deployCore, deployFactRegistry } from '../../src/devnet/deploy-contracts.ts';
import { configHash } from '../../src/starknet/config-hash.ts';
import { shortString } from '../../src/starknet/felt.ts';

/** Two neighbours of the generated chain: a small one with a message to L1, and an empty one. */
export const FIRST_BLOCK = 56;
export const LAST_BLOCK = 57;
const SEED = 'b';
const MS_A_BLOCK = 200;

/** A local Ethereum with contracts, set back to the state before the first block for every crash point. */
export interface Lane {
  readonly anvil: Anvil;
  readonly client: TestClient<'anvil'> & PublicActions;
  readonly core: Hex;
  readonly registry: Hex;
  readonly deployedAt: bigint;
  readonly settler: Hex;
  /** Transactions of the settlement key before the first block. */
  readonly nonce: number;
  reset(): Promise<void>;
  /** What is sent stays in the pool until mining is resumed. */
  stopMining(): Promise<void>;
  resumeMining(): void;
}

/** Everything that lives longer than the processes under test. */
export interface Stage extends AsyncDisposable {
  readonly chain: ServedChain;
  readonly starknet: ServedChainHandle;
  readonly lanes: readonly Lane[];
  /** Scratch folder. */
  readonly folder: string;
}

export async function openStage(laneCount: number): Promise<Stage> {
  const cleanUp: (() => Promise<unknown>)[] = [];
  const close = async (): Promise<void> => {
    for (const end of cleanUp.splice(0).reverse()) await end();
  };
  try {
    const folder = await mkdtemp(join(tmpdir(), 'crash-'));
    cleanUp.push(() => rm(folder, { recursive: true, force: true }));
    const chain = new GeneratedChain({ seed: SEED, head: () => LAST_BLOCK, messagesToL2Every: 0 });
    const starknet = await serveChain(chain);
    cleanUp.push(() => starknet.close());
    const lanes: Lane[] = [];
    for (let index = 0; index < laneCount; index += 1) {
      const anvil = await startAnvil();
      cleanUp.push(() => anvil.stop());
      const lane = await openLane(anvil, chain);
      cleanUp.push(() => lane.stopMining());
      lanes.push(lane);
    }
    return { chain, starknet, lanes, folder, [Symbol.asyncDispose]: close };
  } catch (error) {
    await close();
    throw error;
  }
}

async function openLane(anvil: Anvil, chain: ServedChain): Promise<Lane> {
  const [{ address: settler, privateKey }] = ANVIL_ACCOUNTS;
  const before = chain.header(FIRST_BLOCK - 1);
  const registry = await deployFactRegistry(anvil.url, privateKey);
  const core = await deployCore(anvil.url, privateKey, {
    programHash: shortString('CRASH_MATRIX_OS'),
    aggregatorProgramHash: 0n,
    factRegistry: registry.address,
    configHash: configHash(chain.chainId()),
    stateRoot: before.newRoot,
    blockNumber: before.number,
    blockHash: before.hash,
  });
  const client = createTestClient({
    mode: 'anvil',
    transport: http(anvil.url, { timeout: 120_000 }),
    cacheTime: 0,
  }).extend(publicActions);
  const nonce = await client.getTransactionCount({ address: settler });
  // From here on blocks come from us, so that they can be held back.
  await client.setAutomine(false);
  const miner = new Miner(client);
  miner.start();
  let snapshot = await client.snapshot();
  return {
    anvil,
    client,
    core: core.address,
    registry: registry.address,
    deployedAt: core.blockNumber,
    settler,
    nonce,
    reset: async () => {
      // Known to Anvil, not to viem's types.
      await client.request({ method: 'anvil_dropAllTransactions' } as never);
      await client.revert({ id: snapshot });
      snapshot = await client.snapshot();
    },
    stopMining: () => miner.stop(),
    resumeMining: () => miner.start(),
  };
}

/** Mines a block every now and then. */
class Miner {
  readonly #client: Lane['client'];
  #stopped = new AbortController();
  #loop: Promise<void> = Promise.resolve();

  constructor(client: Lane['client']) {
    this.#client = client;
  }

  start(): void {
    this.#stopped = new AbortController();
    this.#loop = this.#run(this.#stopped.signal);
  }

  /** Resolves when no further block can come. */
  async stop(): Promise<void> {
    this.#stopped.abort();
    await this.#loop;
  }

  async #run(stopped: AbortSignal): Promise<void> {
    while (!stopped.aborted) {
      await this.#client.mine({ blocks: 1 });
      await delay(MS_A_BLOCK, undefined, { signal: stopped }).catch(() => undefined);
    }
  }
}
