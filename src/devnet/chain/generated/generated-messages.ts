import type { BlockMessages, MessageToL1, MessageToL2 } from '../../../starknet/starknet-node.ts';
import type { ChainFacts } from './chain-facts.ts';

export interface MessageOptions {
  /** Ethereum account that sends the messages to L2. */
  readonly l1Sender: bigint;
  /** One message to L2 in every so many blocks; 0 for none. */
  readonly messagesToL2Every: number;
}

/**
 * Messages of a block. Those to L2 have the nonces 0, 1, 2... in the order of their blocks, as the core contract gives them
 * when they are sent in this order from its deployment on.
 */
export function generatedMessages(
  facts: ChainFacts,
  block: number,
  options: MessageOptions,
): Omit<BlockMessages, 'assumed'> {
  return { toL1: messagesToL1(facts, block), toL2: messagesToL2(facts, block, options) };
}

function messagesToL1(facts: ChainFacts, block: number): MessageToL1[] {
  if (facts.schedule.isEmpty(block)) return [];
  const { random } = facts;
  const count = Math.max(0, random.integer(-1, 2, 'messages to L1', block));
  return Array.from({ length: count }, (_, index) => ({
    from: someContract(facts, block, 'message from', index),
    to: random.felt('message to', block, index) >> 88n,
    payload: payload(facts, random.integer(0, 6, 'payload', block, index), 'payload to L1', block, index),
  }));
}

function messagesToL2(
  facts: ChainFacts,
  block: number,
  { l1Sender, messagesToL2Every: every }: MessageOptions,
): MessageToL2[] {
  if (every === 0 || block % every !== every - 1) return [];
  const { random } = facts;
  return [
    {
      from: l1Sender,
      to: someContract(facts, block, 'handler', 0),
      nonce: BigInt(Math.floor(block / every)),
      selector: random.felt('selector', block),
      payload: payload(facts, random.integer(1, 3, 'handler payload', block), 'payload to L2', block, 0),
    },
  ];
}

function someContract(facts: ChainFacts, block: number, what: string, index: number): bigint {
  return facts.contract(
    facts.random.integer(0, facts.schedule.countBefore('contracts', block + 1) - 1, what, block, index),
  );
}

function payload(facts: ChainFacts, length: number, what: string, block: number, message: number): bigint[] {
  return Array.from({ length }, (_, index) => facts.random.felt(what, block, message, index));
}
