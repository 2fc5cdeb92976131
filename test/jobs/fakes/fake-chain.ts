import { OrchestratorError } from '../../../src/errors/orchestrator-error.ts';
import type { BlockHeader, BlockMessages, StarknetNode, StorageSlot } from '../../../src/starknet/starknet-node.ts';
import type { StateDiff, StateUpdate } from '../../../src/starknet/state-update.ts';

export interface FakeBlock {
  readonly header: BlockHeader;
  readonly update: StateUpdate;
  readonly messages: BlockMessages;
}

/** A node over blocks in memory; a test changes what it answers by replacing a block. */
export class FakeChain implements StarknetNode {
  readonly blocks = new Map<number, FakeBlock>();
  readonly nonceOf = new Map<bigint, bigint>();

  constructor(blocks: readonly FakeBlock[] = []) {
    for (const block of blocks) this.blocks.set(block.header.number, block);
  }

  change(number: number, change: (block: FakeBlock) => Partial<FakeBlock>): void {
    const block = this.#block(number);
    this.blocks.set(number, { ...block, ...change(block) });
  }

  async chainId(): Promise<bigint> {
    return 0x534e5f5345504f4c4941n;
  }

  async latestBlockNumber(): Promise<number | undefined> {
    return this.blocks.size === 0 ? undefined : Math.max(...this.blocks.keys());
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

  async nonces(_block: number, addresses: readonly bigint[]): Promise<bigint[]> {
    return addresses.map((address) => {
      const nonce = this.nonceOf.get(address);
      if (nonce === undefined) throw new OrchestratorError('NODE_ERROR', `no nonce of ${address}`);
      return nonce;
    });
  }

  async storage(block: number, slots: readonly StorageSlot[]): Promise<bigint[]> {
    return slots.map(({ address, key }) => {
      const writes = this.#upTo(block).flatMap(({ update }) =>
        update.stateDiff.storageDiffs.filter((diff) => diff.address === address).flatMap(({ entries }) => entries),
      );
      return writes.findLast((write) => write.key === key)?.value ?? 0n;
    });
  }

  /** A contract exists from the first block that changes it. */
  async classHashes(block: number, addresses: readonly bigint[]): Promise<(bigint | undefined)[]> {
    const changed = new Set(
      this.#upTo(block).flatMap(({ update: { stateDiff } }) =>
        [...stateDiff.storageDiffs, ...stateDiff.nonces].map(({ address }) => address),
      ),
    );
    return addresses.map((address) => (changed.has(address) ? 0xc1a55n : undefined));
  }

  #upTo(block: number): FakeBlock[] {
    return [...this.blocks.values()].filter(({ header }) => header.number <= block);
  }

  #block(number: number): FakeBlock {
    const block = this.blocks.get(number);
    if (block === undefined)
      throw new OrchestratorError('BLOCK_NOT_FOUND', `no block ${number}`, { retry: 'transient' });
    return block;
  }
}

/** Three blocks, 0 to 2, with two messages to L1 and one to L2 in block 1; 0.13.5, about a hundred words each before compression. */
export function smallChain(): FakeChain {
  return new FakeChain([0, 1, 2].map((number) => block(number)));
}

export const rootOf = (block: number): bigint => (block < 0 ? 0n : 0x1000n + BigInt(block));
export const hashOf = (block: number): bigint => (block < 0 ? 0n : 0xb10c0000n + BigInt(block));

function block(number: number): FakeBlock {
  return {
    header: {
      number,
      hash: hashOf(number),
      parentHash: hashOf(number - 1),
      newRoot: rootOf(number),
      starknetVersion: '0.13.5',
      timestamp: 1_700_000_000 + number,
    },
    update: {
      blockHash: hashOf(number),
      oldRoot: rootOf(number - 1),
      newRoot: rootOf(number),
      stateDiff: {
        storageDiffs: [
          { address: 2n, entries: newAliases(number) },
          { address: contractOf(number), entries: entries(50) },
        ],
        nonces: [{ address: contractOf(number), nonce: 3n }],
        deployedContracts: [],
        replacedClasses: [],
        declaredClasses: [{ classHash: 0xc1a55n, compiledClassHash: 0xca5n }],
        migratedCompiledClasses: [],
        deprecatedDeclaredClasses: [],
      },
    },
    messages:
      number === 1
        ? {
            toL1: [
              { from: 0x11n, to: 0x22n, payload: [1n, 2n] },
              { from: 0x11n, to: 0x23n, payload: [] },
            ],
            toL2: [{ from: 0x33n, to: 0x44n, nonce: 5n, selector: 0x55n, payload: [6n] }],
            assumed: false,
          }
        : { toL1: [], toL2: [], assumed: false },
  };
}

/** The contract that a block of the small chain changes. */
const contractOf = (block: number): bigint => 0x100n + BigInt(block);

function newAliases(block: number): { key: bigint; value: bigint }[] {
  const names = block === 0 ? entries(50).map(({ key }) => key) : [];
  return [
    { key: contractOf(block), value: 0x80n + BigInt(block) },
    ...names.map((key, i) => ({ key, value: 0x1000n + BigInt(i) })),
  ];
}

function entries(count: number): { key: bigint; value: bigint }[] {
  return Array.from({ length: count }, (_, i) => ({ key: 0x9000n + BigInt(i), value: BigInt(i) * 7n }));
}

/** A change of so many slots of contract 0x1, whose values no encoding makes shorter. */
export function wideWrites(count: number): StateDiff['storageDiffs'][number] {
  const entries = Array.from({ length: count }, (_, i) => ({ key: BigInt(i), value: BigInt(i + 1) << 230n }));
  return { address: 1n, entries };
}
