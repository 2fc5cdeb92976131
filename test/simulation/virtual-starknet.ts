import { OrchestratorError } from '../../src/errors/orchestrator-error.ts';
import { shortString } from '../../src/starknet/felt.ts';
import type { BlockHeader, BlockMessages, StarknetNode, StorageSlot } from '../../src/starknet/starknet-node.ts';
import type { StateDiff, StateUpdate } from '../../src/starknet/state-update.ts';
import { ALIAS_CONTRACT } from '../../src/starknet/system-contracts.ts';
import { Prng } from './prng.ts';

export const BLOCKS = 12;

export interface StarknetBlock {
  readonly header: BlockHeader;
  readonly update: StateUpdate;
  readonly messages: BlockMessages;
}

const chains = new Map<number, readonly StarknetBlock[]>();

/** One of a few small chains. Runs share them, so that what is derived from their blocks is computed once. */
export function starknetChain(variant: number): readonly StarknetBlock[] {
  let chain = chains.get(variant);
  if (chain === undefined) {
    const random = new Prng(0x57a2 + variant);
    const blocks: StarknetBlock[] = [];
    for (let number = 0; number < BLOCKS; number++) blocks.push(nextBlock(random, number, blocks.at(-1)));
    chain = blocks;
    chains.set(variant, chain);
  }
  return chain;
}

function nextBlock(random: Prng, number: number, before: StarknetBlock | undefined): StarknetBlock {
  const felt = (): bigint => BigInt(random.int(1, 0xffffffff)) * 0x1_0000_0001n;
  const hash = felt();
  const newRoot = felt();
  // Some blocks are empty, as on real chains.
  const contracts = Array.from({ length: random.pick([0, 1, 1, 2]) }, (_, i) => 0x1000n + BigInt(10 * number + i));
  const writes = contracts.map((address) => ({ address, entries: [{ key: felt(), value: felt() }] }));
  return {
    header: {
      number,
      hash,
      parentHash: before?.header.hash ?? 0n,
      newRoot,
      starknetVersion: random.pick(['0.13.5', '0.13.5', '0.13.1']),
      timestamp: 1_700_000_000 + 30 * number,
    },
    update: {
      blockHash: hash,
      oldRoot: before?.header.newRoot ?? 0n,
      newRoot,
      stateDiff: {
        storageDiffs: withAliases(writes),
        nonces: contracts.map((address) => ({ address, nonce: BigInt(number + 1) })),
        deployedContracts: [],
        replacedClasses: [],
        declaredClasses: [],
        migratedCompiledClasses: [],
        deprecatedDeclaredClasses: [],
      },
    },
    messages: {
      toL1: random.chance(0.3) ? [{ from: felt(), to: felt(), payload: [felt()] }] : [],
      toL2: random.chance(0.3)
        ? [{ from: felt(), to: felt(), nonce: BigInt(number), selector: felt(), payload: [] }]
        : [],
      assumed: false,
    },
  };
}

/** Every address and key is new in its block, which therefore gives it an alias in contract 0x2. */
function withAliases(writes: StateDiff['storageDiffs']): StateDiff['storageDiffs'] {
  const names = writes.flatMap(({ address, entries }) => [address, ...entries.map(({ key }) => key)]);
  if (names.length === 0) return writes;
  return [{ address: ALIAS_CONTRACT, entries: names.map((key) => ({ key, value: aliasOf(key) })) }, ...writes];
}

const aliasOf = (name: bigint): bigint => 0x80n + name;

/** A node that knows the blocks of the chain up to a head that rises with time. */
export class VirtualStarknet implements StarknetNode {
  readonly #blocks: readonly StarknetBlock[];
  readonly #head: () => number;
  /** No slot is ever written twice. */
  readonly #writes = new Map<string, { readonly block: number; readonly value: bigint }>();

  /** `head` is asked for every answer, since several nodes may be behind one address. */
  constructor(blocks: readonly StarknetBlock[], head: () => number) {
    this.#blocks = blocks;
    this.#head = head;
    for (const { header, update } of blocks)
      for (const { address, entries } of update.stateDiff.storageDiffs)
        for (const { key, value } of entries) this.#writes.set(`${address} ${key}`, { block: header.number, value });
  }

  async chainId(): Promise<bigint> {
    return shortString('SN_SIMULATED');
  }

  async latestBlockNumber(): Promise<number | undefined> {
    const head = this.#head();
    return head < 0 ? undefined : head;
  }

  async blockHeader(block: number): Promise<BlockHeader> {
    return this.#block(block).header;
  }

  async stateUpdate(block: number): Promise<StateUpdate> {
    return this.#block(block).update;
  }

  async blockMessages(block: number): Promise<BlockMessages> {
    return this.#block(block).messages;
  }

  async nonces(block: number, addresses: readonly bigint[]): Promise<bigint[]> {
    this.#block(block);
    return addresses.map(() => 1n);
  }

  async storage(block: number, slots: readonly StorageSlot[]): Promise<bigint[]> {
    this.#block(block);
    return slots.map(({ address, key }) => {
      const written = this.#writes.get(`${address} ${key}`);
      return written !== undefined && written.block <= block ? written.value : 0n;
    });
  }

  async classHashes(block: number, addresses: readonly bigint[]): Promise<(bigint | undefined)[]> {
    this.#block(block);
    return addresses.map(() => 1n);
  }

  #block(number: number): StarknetBlock {
    const block = number <= this.#head() ? this.#blocks[number] : undefined;
    if (block !== undefined) return block;
    throw new OrchestratorError('BLOCK_NOT_FOUND', `there is no block ${number} yet`, { retry: 'transient' });
  }
}
