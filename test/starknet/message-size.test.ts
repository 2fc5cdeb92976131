import { describe, expect, it } from '@jest/globals';
import { MAX_RANGE_MESSAGES, messageSize } from '../../src/starknet/message-size.ts';
import { encodeOsOutput } from '../../src/starknet/os-output.ts';
import type { MessageToL1, MessageToL2 } from '../../src/starknet/starknet-node.ts';

const toL1 = (payload: number): MessageToL1 => ({ from: 1n, to: 2n, payload: new Array<bigint>(payload).fill(7n) });
const toL2 = (payload: number): MessageToL2 => ({
  from: 1n,
  to: 2n,
  nonce: 3n,
  selector: 4n,
  payload: new Array<bigint>(payload).fill(7n),
});

const outputWords = (messages: { messagesToL1: MessageToL1[]; messagesToL2: MessageToL2[] }) =>
  encodeOsOutput({
    initialRoot: 0n,
    finalRoot: 0n,
    prevBlockNumber: 0,
    newBlockNumber: 1,
    prevBlockHash: 0n,
    newBlockHash: 0n,
    osProgramHash: 0n,
    configHash: 0n,
    useKzgDa: false,
    fullOutput: false,
    ...messages,
  }).length;

describe('the size of messages', () => {
  it('counts the words that they take in the output', () => {
    const messagesToL1 = [toL1(0), toL1(5)];
    const messagesToL2 = [toL2(0), toL2(3)];
    const { words } = messageSize({ toL1: messagesToL1, toL2: messagesToL2 });
    const without = outputWords({ messagesToL1: [], messagesToL2: [] });
    expect(words).toBe(outputWords({ messagesToL1, messagesToL2 }) - without);
  });

  it('bounds messages without payload, of which the words alone would allow too many for a transaction', () => {
    const most = Math.floor(MAX_RANGE_MESSAGES.words / messageSize({ toL1: [toL1(0)], toL2: [] }).words);
    const { words, gas } = messageSize({ toL1: Array.from({ length: most }, () => toL1(0)), toL2: [] });
    expect(words).toBeLessThanOrEqual(MAX_RANGE_MESSAGES.words);
    expect(gas).toBeGreaterThan(2 ** 24);
    expect(MAX_RANGE_MESSAGES.gas).toBeLessThan(2 ** 24);
  });

  it('takes a message to L1 for dearer than one that is consumed, and payload for more', () => {
    const gas = (toL1s: MessageToL1[], toL2s: MessageToL2[]) => messageSize({ toL1: toL1s, toL2: toL2s }).gas;
    expect(gas([toL1(0)], [])).toBeGreaterThan(gas([], [toL2(0)]));
    expect(gas([toL1(1)], [])).toBeGreaterThan(gas([toL1(0)], []));
    expect(gas([], [])).toBe(0);
  });
});
