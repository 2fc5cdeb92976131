import type { BlockMessages } from './starknet-node.ts';

/** What messages take of a state update. */
export interface MessageSize {
  /** Words in the program output. */
  readonly words: number;
  /** Gas of the core contract for handling them, about. */
  readonly gas: number;
}

/**
 * Most messages that blocks are put together for. A range is never split afterwards, so one whose messages do not fit into
 * a transaction could not be settled at all.
 *
 * The words are the sequencer's own limit for the message segment of one block. They do not bound the gas: that many words
 * hold over a thousand messages without payload. A transaction may take 2^24 gas (EIP-7825); what is left of it is for the
 * rest of the update and for what our estimate misses.
 */
export const MAX_RANGE_MESSAGES: MessageSize = { words: 3_700, gas: 12_000_000 };

/** From, to, payload size. */
const TO_L1_WORDS = 3;
/** From, to, nonce, selector, payload size. */
const TO_L2_WORDS = 5;
/** Counting a message for the first time is a write to a fresh slot (22,100), a log with three topics, and calldata. */
const TO_L1_GAS = 28_000;
/** Clears a slot (5,000), with a log of four topics and more calldata. */
const TO_L2_GAS = 12_000;
/** A word of payload: calldata (512), log data (256), copying and hashing. */
const PAYLOAD_WORD_GAS = 900;

export function messageSize({ toL1, toL2 }: Pick<BlockMessages, 'toL1' | 'toL2'>): MessageSize {
  const payload = [...toL1, ...toL2].reduce((total, message) => total + message.payload.length, 0);
  return {
    words: TO_L1_WORDS * toL1.length + TO_L2_WORDS * toL2.length + payload,
    gas: TO_L1_GAS * toL1.length + TO_L2_GAS * toL2.length + PAYLOAD_WORD_GAS * payload,
  };
}
