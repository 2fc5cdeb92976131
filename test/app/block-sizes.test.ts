import { describe, expect, it } from '@jest/globals';
import { blockSizes } from '../../src/app/block-sizes.ts';
import { inProcessDaComputer } from '../../src/starknet/in-process-da-computer.ts';
import { messageSize } from '../../src/starknet/message-size.ts';
import type { BlockMessages, StarknetNode } from '../../src/starknet/starknet-node.ts';

describe('sizes of blocks', () => {
  it('tell the messages of a block and ask the node for them once', async () => {
    const asked: number[] = [];
    const messages: BlockMessages = { toL1: [{ from: 1n, to: 2n, payload: [3n] }], toL2: [], assumed: false };
    const blockMessages = async (block: number) => {
      asked.push(block);
      return messages;
    };
    const node = { blockMessages } as Partial<StarknetNode> as StarknetNode;
    const sizes = blockSizes(node, undefined, inProcessDaComputer);
    expect(await sizes.messages(7)).toEqual(messageSize(messages));
    expect(await sizes.messages(7)).toEqual(messageSize(messages));
    expect(asked).toEqual([7]);
  });
});
