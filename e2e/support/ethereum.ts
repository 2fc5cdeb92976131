import { type Address, createPublicClient, createTestClient, type Hex, http, parseAbi, parseEther } from 'viem';
import { generatePrivateKey, privateKeyToAddress } from 'viem/accounts';
import { warmUpPointEvaluation } from '../../src/app/dev/warm-up.ts';
import { ANVIL_ACCOUNTS, type Anvil, startAnvil } from '../../src/devnet/anvil.ts';
import type { ServedChain } from '../../src/devnet/chain/served-chain.ts';
import { deployCore, deployFactRegistry } from '../../src/devnet/deploy-contracts.ts';
import { plantMessages } from '../../src/devnet/local-messages.ts';
import { configHash } from '../../src/starknet/config-hash.ts';

const PROGRAM_HASH = 0x5eed_e2e0n;

const abi = parseAbi([
  'function stateBlockNumber() view returns (int256)',
  'function stateRoot() view returns (uint256)',
  'event LogStateUpdate(uint256 globalRoot, int256 blockNumber, uint256 blockHash)',
]);

/** A real Ethereum node for a whole test file; each test has its own core contract and keys on it. */
export class Ethereum {
  readonly anvil: Anvil;
  readonly registry: Address;

  private constructor(anvil: Anvil, registry: Address) {
    this.anvil = anvil;
    this.registry = registry;
  }

  static async start(): Promise<Ethereum> {
    const anvil = await startAnvil({ blockTimeSeconds: 1 });
    try {
      const { address } = await deployFactRegistry(anvil.url, ANVIL_ACCOUNTS[1].privateKey);
      await warmUpPointEvaluation(anvil.url);
      return new Ethereum(anvil, address);
    } catch (error) {
      await anvil.stop();
      throw error;
    }
  }

  /**
   * Deploys a core contract that stands at `position` of the chain (-1: before block 0), with the messages that the blocks up
   * to `last` consume. Its operator is an account of its own.
   */
  async deploy(chain: ServedChain, position: number, last: number): Promise<CoreOnAnvil> {
    const operator = await this.account();
    const before = position < 0 ? undefined : chain.header(position);
    const { address, blockNumber } = await deployCore(this.anvil.url, operator, {
      programHash: PROGRAM_HASH,
      aggregatorProgramHash: 0n,
      factRegistry: this.registry,
      configHash: configHash(chain.chainId()),
      stateRoot: before?.newRoot ?? 0n,
      blockNumber: position,
      blockHash: before?.hash ?? 0n,
    });
    const blocks = Array.from({ length: last - position }, (_, index) => position + 1 + index);
    await plantMessages(
      this.anvil.url,
      address,
      blocks.flatMap((block) => chain.messages(block)?.toL2 ?? []),
    );
    return new CoreOnAnvil(
      { url: this.anvil.url, address, operatorKey: operator, registrarKey: await this.account() },
      blockNumber,
    );
  }

  /** Private key of a new account with funds. */
  async account(ether = '100'): Promise<Hex> {
    const key = generatePrivateKey();
    await this.setBalance(key, ether);
    return key;
  }

  async setBalance(privateKey: Hex, ether: string): Promise<void> {
    const anvil = createTestClient({ mode: 'anvil', transport: http(this.anvil.url, { timeout: 120_000 }) });
    await anvil.setBalance({ address: privateKeyToAddress(privateKey), value: parseEther(ether) });
  }

  async stop(): Promise<void> {
    await this.anvil.stop();
  }
}

/** Where a contract is, and the keys of the orchestrator that settles on it. */
export interface CoreAccess {
  readonly url: string;
  readonly address: Address;
  readonly operatorKey: Hex;
  readonly registrarKey: Hex;
}

/** One core contract, with what happened to it. */
export class CoreOnAnvil implements CoreAccess {
  readonly url: string;
  readonly address: Address;
  readonly operatorKey: Hex;
  readonly registrarKey: Hex;
  readonly #since: bigint;
  readonly #client;
  readonly #deployTransactions = 1;

  constructor({ url, address, operatorKey, registrarKey }: CoreAccess, since: bigint) {
    this.url = url;
    this.address = address;
    this.operatorKey = operatorKey;
    this.registrarKey = registrarKey;
    this.#since = since;
    this.#client = createPublicClient({ transport: http(url, { timeout: 120_000 }) });
  }

  async position(): Promise<number> {
    return Number(await this.#client.readContract({ address: this.address, abi, functionName: 'stateBlockNumber' }));
  }

  async root(): Promise<bigint> {
    return this.#client.readContract({ address: this.address, abi, functionName: 'stateRoot' });
  }

  /** Block numbers of the accepted state updates, in the order of their inclusion. */
  async updates(): Promise<number[]> {
    const range = { address: this.address, abi, fromBlock: this.#since, strict: true } as const;
    const events = await this.#client.getContractEvents({ ...range, eventName: 'LogStateUpdate' });
    return events.map(({ args }) => Number(args.blockNumber));
  }

  /** Transactions of the operator that were mined, without the one that made the contract. */
  async transactions(): Promise<number> {
    const address = privateKeyToAddress(this.operatorKey);
    return (await this.#client.getTransactionCount({ address })) - this.#deployTransactions;
  }
}
