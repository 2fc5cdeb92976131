import type { BlockSizes } from '../jobs/range-planner.ts';
import type { DaComputer } from '../starknet/da-computer.ts';
import type { DaEncoding } from '../starknet/da-encoding.ts';
import { type MessageSize, messageSize } from '../starknet/message-size.ts';
import { encodedWordBound, encodedWordCount, plainWordBound } from '../starknet/range-size.ts';
import type { BlockHeader, StarknetNode } from '../starknet/starknet-node.ts';

/** Blocks whose header and size are remembered: an open range is looked at in every pass. */
const REMEMBERED = 2_048;

/** Sizes of blocks as a node tells them. What was read of a final block is remembered. */
export function blockSizes(node: StarknetNode, encoding: DaEncoding | undefined, computer: DaComputer): BlockSizes {
  const headers = new Remembered<BlockHeader>((block) => node.blockHeader(block));
  const bounds = new Remembered<number>(async (block) => plainWordBound(await node.stateUpdate(block)));
  const messages = new Remembered<MessageSize>(async (block) => messageSize(await node.blockMessages(block)));
  return {
    header: (block) => headers.get(block),
    wordBound: (block) => bounds.get(block),
    encodedBound: encodedWordBound,
    messages: (block) => messages.get(block),
    words: (range) => encodedWordCount(node, range, encoding, computer),
  };
}

class Remembered<T> {
  readonly #read: (block: number) => Promise<T>;
  readonly #known = new Map<number, T>();

  constructor(read: (block: number) => Promise<T>) {
    this.#read = read;
  }

  async get(block: number): Promise<T> {
    const known = this.#known.get(block);
    if (known !== undefined) return known;
    const value = await this.#read(block);
    this.#known.set(block, value);
    for (const oldest of this.#known.keys()) {
      if (this.#known.size <= REMEMBERED) break;
      this.#known.delete(oldest);
    }
    return value;
  }
}
