import { OrchestratorError } from '../../../errors/orchestrator-error.ts';
import { shortString } from '../../../starknet/felt.ts';
import type { BlockHeader, BlockMessages, MessageToL2 } from '../../../starknet/starknet-node.ts';
import { compareVersions } from '../../../starknet/starknet-version.ts';
import type { StateUpdate } from '../../../starknet/state-update.ts';
import type { ServedChain } from '../served-chain.ts';
import { ChainFacts } from './chain-facts.ts';
import { generatedMessages, type MessageOptions } from './generated-messages.ts';
import { GeneratedState } from './generated-state.ts';
import { generatedUpdate } from './generated-update.ts';
import type { ChainHead } from './growing-head.ts';

/** Address of account 2 of Anvil's default mnemonic. */
export const ANVIL_ACCOUNT_2 = 0x3c44cdddb6a900fa2b585dd299e03d12fa4293bcn;

export interface GeneratedChainOptions {
  /** Same seed, same chain. */
  readonly seed: string | number;
  /** Newest block at this moment. */
  readonly head: ChainHead;
  /** Default `SN_GENERATED`. */
  readonly chainId?: bigint;
  /** Of every block; default 0.13.5. From 0.13.4 on, contract 0x2 keeps aliases. */
  readonly starknetVersion?: string;
  /** Ethereum account that has to send the messages to L2; default Anvil's account 2. */
  readonly l1Sender?: bigint;
  /** One message to L2 in every so many blocks, 0 for none; default 4. */
  readonly messagesToL2Every?: number;
  /** Unix seconds of block 0; default 2024-01-01. Blocks are 30 s apart. */
  readonly genesisTimestamp?: number;
}

const DEFAULT_GENESIS_TIMESTAMP = 1_704_067_200;
const SECONDS_A_BLOCK = 30;

/**
 * Endless chain that follows from a seed. Each block is computed when it is asked for, in the time that its size takes;
 * nothing is kept, so a chain of any length costs the same memory.
 */
export class GeneratedChain implements ServedChain {
  readonly #facts: ChainFacts;
  readonly #state: GeneratedState;
  readonly #head: ChainHead;
  readonly #chainId: bigint;
  readonly #starknetVersion: string;
  readonly #messages: MessageOptions;
  readonly #genesisTimestamp: number;

  constructor(options: GeneratedChainOptions) {
    this.#starknetVersion = options.starknetVersion ?? '0.13.5';
    this.#facts = new ChainFacts(String(options.seed), {
      aliased: compareVersions(this.#starknetVersion, '0.13.4') >= 0,
    });
    this.#state = new GeneratedState(this.#facts);
    this.#head = options.head;
    this.#chainId = options.chainId ?? shortString('SN_GENERATED');
    this.#messages = {
      l1Sender: options.l1Sender ?? ANVIL_ACCOUNT_2,
      messagesToL2Every: options.messagesToL2Every ?? 4,
    };
    this.#genesisTimestamp = options.genesisTimestamp ?? DEFAULT_GENESIS_TIMESTAMP;
    const { messagesToL2Every: every } = this.#messages;
    if (!Number.isSafeInteger(every) || every < 0)
      throw new OrchestratorError('USAGE', `${every} is not a number of blocks between messages`);
  }

  chainId(): bigint {
    return this.#chainId;
  }

  firstBlock(): number {
    return 0;
  }

  latestBlock(): number | undefined {
    return this.#head();
  }

  header(block: number): BlockHeader {
    return {
      number: block,
      hash: this.#facts.blockHash(block),
      parentHash: this.#facts.blockHash(block - 1),
      newRoot: this.#facts.root(block),
      starknetVersion: this.#starknetVersion,
      timestamp: this.#genesisTimestamp + SECONDS_A_BLOCK * block,
    };
  }

  stateUpdate(block: number): StateUpdate {
    return generatedUpdate(this.#facts, block);
  }

  messages(block: number): Omit<BlockMessages, 'assumed'> {
    return generatedMessages(this.#facts, block, this.#messages);
  }

  /**
   * Messages that the block consumes, also of a block that does not exist yet: they have to be sent on L1 before the block
   * can be settled, block by block from block 0 on, so that the core contract gives them their nonces.
   */
  messagesToL2(block: number): readonly MessageToL2[] {
    return this.messages(block).toL2;
  }

  nonce(block: number, address: bigint): bigint | undefined {
    return this.#state.nonce(block, address);
  }

  storage(block: number, address: bigint, key: bigint): bigint {
    return this.#state.storage(block, address, key);
  }

  classHash(block: number, address: bigint): bigint | undefined {
    return this.#state.classHash(block, address);
  }

  blockByHash(hash: bigint): number | undefined {
    const identified = this.#facts.identifiers.decode(hash);
    return identified?.kind === 'block' ? identified.block : undefined;
  }
}
