import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { type Hex, keccak256 } from 'viem';
import { LocalSettlement, START, stateOf, updateOf } from './local-settlement.ts';

let local: LocalSettlement;
let snapshot: Hex;
let base: number;
const { signal } = new AbortController();

beforeAll(async () => {
  local = await LocalSettlement.start();
  for (const block of [10, 11]) await local.registerFact(await updateOf(block));
  snapshot = (await local.rpc('evm_snapshot')) as Hex;
});
beforeEach(async () => {
  snapshot = await local.reset(snapshot);
  base = Number(await local.chain().getBlockNumber());
});
afterAll(() => local?.anvil.stop());

describe('a state update on a real Ethereum node', () => {
  it('is settled, and confirmed at the configured depth but not before', async () => {
    const settlement = local.settlement({ confirmations: 3 });
    expect(await settlement.state('included')).toEqual(stateOf(START));
    const update = await updateOf(10);
    const { intent } = await settlement.submit({ ...update, signal });
    expect(intent).toMatchObject({ key: update.key, state: 'broadcast', first_block: 10 });
    expect(await settlement.track(update.key, signal)).toMatchObject({ kind: 'pending' });
    await local.mine();

    expect(await settlement.track(update.key, signal)).toMatchObject({
      kind: 'included',
      confirmations: 1,
      txHash: intent.variants[0]?.hash,
    });
    expect(await settlement.state('included')).toEqual(stateOf(10));
    expect(await settlement.state('confirmed')).toEqual(stateOf(START));
    await local.mine();
    expect(await settlement.track(update.key, signal)).toMatchObject({ kind: 'included', confirmations: 2 });
    await local.mine();
    expect(await settlement.track(update.key, signal)).toMatchObject({ kind: 'confirmed', block: base + 1 });
    expect(await settlement.state('confirmed')).toEqual(stateOf(10));
    expect(await settlement.settledAt(10)).toEqual(stateOf(10));
    expect(await settlement.settledAt(11)).toBeUndefined();
    expect((await local.intents.get(update.key))?.state).toBe('confirmed');
  });

  it('publishes exactly the blobs it was given', async () => {
    const update = await updateOf(10);
    const { intent } = await local.settlement().submit({ ...update, signal });
    await local.mine();
    const published = await local.rpc('anvil_getBlobsByTransactionHash', intent.variants[0]?.hash);
    // Compared by hash: a difference of 260,000 digits is no message.
    expect((published as Hex[]).map((blob) => keccak256(blob))).toEqual(update.blobs.map((blob) => keccak256(blob)));
  });
});
