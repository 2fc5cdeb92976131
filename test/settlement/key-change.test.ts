import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { encodeFunctionData, type Hex, parseAbi, toHex } from 'viem';
import { ANVIL_ACCOUNTS } from '../../src/devnet/anvil.ts';
import type { EthereumSettlement } from '../../src/settlement/ethereum/ethereum-settlement.ts';
import type { SettlementTuning } from '../../src/settlement/ethereum/transaction-options.ts';
import { privateKeySigner } from '../../src/settlement/ethereum/transaction-signer.ts';
import { MemoryObjectStore } from '../../src/storage/memory/memory-object-store.ts';
import { failureOf, LocalSettlement, stateOf, type Update, updateOf } from './local-settlement.ts';

const OPERATORS = parseAbi(['function registerOperator(address)', 'function unregisterOperator(address)']);
const GOVERNOR = ANVIL_ACCOUNTS[0];
const former = privateKeySigner(ANVIL_ACCOUNTS[2].privateKey);
const current = privateKeySigner(`0x${'77'.repeat(32)}`);

let local: LocalSettlement;
let snapshot: Hex;
let base: number;
let update: Update;
const { signal } = new AbortController();

beforeAll(async () => {
  local = await LocalSettlement.start();
  update = await updateOf(10);
  await local.test().setBalance({ address: current.address, value: 10n ** 20n });
  await local.registerFact(update);
  for (const { address } of [former, current]) await govern('registerOperator', address);
  snapshot = (await local.rpc('evm_snapshot')) as Hex;
});
beforeEach(async () => {
  snapshot = await local.reset(snapshot);
  await local.test().setBalance({ address: former.address, value: 10n ** 20n });
  base = Number(await local.chain().getBlockNumber());
});
afterAll(() => local?.anvil.stop());

/** What the governor of the core contract does, mined at once. */
async function govern(functionName: 'registerOperator' | 'unregisterOperator', operator: Hex): Promise<void> {
  const data = encodeFunctionData({ abi: OPERATORS, functionName, args: [operator] });
  // Dearer than any state update here, so that it comes first where both are in one block.
  await local.rpc('eth_sendTransaction', {
    from: GOVERNOR.address,
    to: local.core,
    data,
    maxFeePerGas: toHex(9n * 10n ** 11n),
    maxPriorityFeePerGas: toHex(8n * 10n ** 11n),
  });
  await local.mine();
}

const settlementOf = (signer: typeof former, tuning: Partial<SettlementTuning> = {}): EthereumSettlement =>
  local.settlement(tuning, () => ({ signer }));
const variants = async () => (await local.intents.get(update.key))?.variants ?? [];
const hashes = async () => (await variants()).map(({ hash }) => hash);

/** Signed and sent with the former key, and in the pool no more. */
async function droppedByFormer(): Promise<Hex> {
  await settlementOf(former).submit({ ...update, signal });
  await local.rpc('anvil_dropAllTransactions');
  const [hash] = await hashes();
  return hash as Hex;
}

async function settledWith(hash: string | undefined): Promise<void> {
  expect(await settlementOf(current).track(update.key, signal)).toMatchObject({ kind: 'confirmed', txHash: hash });
  expect(await settlementOf(current).state('confirmed')).toEqual(stateOf(10));
  const settled = (await local.updatesOnChain(base)).filter(({ status }) => status === 'success');
  expect(settled.filter(({ hash: seen }) => seen === hash)).toHaveLength(1);
}

describe('after the settlement key was changed, an update that the former key signed', () => {
  it('is sent again as it is, and nothing is signed', async () => {
    const hash = await droppedByFormer();
    expect(await settlementOf(current).track(update.key, signal)).toMatchObject({ kind: 'pending' });
    expect(await hashes()).toEqual([hash]);
    await local.mine();
    await settledWith(hash);
  });

  it('is not outbid, and says what to do when it is not mined', async () => {
    await settlementOf(former).submit({ ...update, signal });
    await local.clock.advance(1_000_000);
    // Blocks that leave it in the pool: its fees are below what they ask for.
    await local.test().setNextBlockBaseFeePerGas({ baseFeePerGas: 10n ** 13n });
    await local.mine();
    const progress = await settlementOf(current).track(update.key, signal);
    expect(progress).toMatchObject({ kind: 'held', reason: expect.stringContaining('unregister it as operator') });
    expect(await variants()).toHaveLength(1);
    const outbidding = await settlementOf(former).track(update.key, signal);
    expect(outbidding).not.toMatchObject({ reason: expect.stringContaining('key:') });
  });

  it('and that its account cannot pay for any more says what to do', async () => {
    await droppedByFormer();
    await local.test().setBalance({ address: former.address, value: 0n });
    const reason = expect.stringMatching(/holds 0 wei.*unregister it as operator/);
    expect(await settlementOf(current).track(update.key, signal)).toMatchObject({ kind: 'held', reason });
    await govern('unregisterOperator', former.address);
    expect(await settlementOf(current).track(update.key, signal)).toMatchObject({ kind: 'pending' });
    await local.mine();
    await settledWith((await hashes())[1]);
  });

  it('is signed anew at once when the former key is no operator any more; its revert does not count', async () => {
    const dropped = await droppedByFormer();
    const [first] = await variants();
    const raw = await local.objects.get(first?.raw_path ?? '');
    await govern('unregisterOperator', former.address);
    // So that only the account tells both variants apart.
    await local.test().setNonce({ address: current.address, nonce: first?.nonce ?? -1 });

    expect(await settlementOf(current).track(update.key, signal)).toMatchObject({ kind: 'pending' });
    const [, second, ...more] = await variants();
    expect(more).toEqual([]);
    expect(second).toMatchObject({ signer: current.address, nonce: first?.nonce });

    await local.rpc('anvil_dropAllTransactions');
    await local.client.sendRawTransaction(raw);
    await local.mine();
    expect(await local.updatesOnChain(base)).toContainEqual(
      expect.objectContaining({ hash: dropped, status: 'reverted' }),
    );
    expect(await settlementOf(current).track(update.key, signal)).toMatchObject({ kind: 'pending' });
    expect(await variants()).toHaveLength(2);
    await local.mine();
    await settledWith(second?.hash);
  });

  it('is signed anew when another transaction of the former key took its nonce', async () => {
    await droppedByFormer();
    await local.rpc('eth_sendTransaction', { from: former.address, to: former.address, value: '0x1' });
    await local.mine();
    expect(await settlementOf(current).track(update.key, signal)).toMatchObject({ kind: 'pending' });
    await local.mine();
    const [, second, ...more] = await variants();
    expect(more).toEqual([]);
    expect(second?.signer).toBe(current.address);
    await settledWith(second?.hash);
  });

  it.each<[string, () => Promise<void>]>([
    ['its key is no operator any more', () => govern('unregisterOperator', former.address)],
    [
      'another transaction took its nonce',
      async () => {
        await local.rpc('eth_sendTransaction', { from: former.address, to: former.address, value: '0x1' });
        await local.mine();
      },
    ],
  ])('and whose stored transaction is gone is signed anew when it is retried after %s', async (_, end) => {
    await droppedByFormer();
    local.objects = new MemoryObjectStore();
    const reason = expect.stringMatching(/stored transaction .* is gone; run with that key, or unregister/);
    expect(await settlementOf(current).track(update.key, signal)).toMatchObject({ kind: 'held', reason });
    const submitted = await settlementOf(current).submit({ ...update, signal });
    expect(submitted.intent).toMatchObject({ state: 'held', hold_reason: reason });
    expect(await variants()).toHaveLength(1);
    await end();
    expect(await failureOf(settlementOf(current).track(update.key, signal))).toMatchObject({
      code: 'OBJECT_NOT_FOUND',
      hint: expect.stringContaining('Retry the job'),
    });
    await settlementOf(current).submit({ ...update, signal });
    await local.mine();
    const [, second, ...more] = await variants();
    expect(more).toEqual([]);
    expect(second?.signer).toBe(current.address);
    await settledWith(second?.hash);
  });

  it('stays held where one of two nodes behind an address does not show it in its pool', async () => {
    await settlementOf(former).submit({ ...update, signal });
    await local.clock.advance(1_000_000);
    await local.test().setNextBlockBaseFeePerGas({ baseFeePerGas: 10n ** 13n });
    await local.mine();
    let looks = 0;
    const client = new Proxy(local.client, {
      get: (target, name) => {
        const member: unknown = Reflect.get(target, name);
        if (typeof member !== 'function') return member;
        if (name !== 'transaction') return member.bind(target);
        return (...args: unknown[]) => (looks++ % 2 === 0 ? member.apply(target, args) : Promise.resolve(undefined));
      },
    });
    const settlement = local.settlement({}, () => ({ signer: current, client }));
    const kinds: string[] = [];
    while (kinds.length < 6) kinds.push((await settlement.track(update.key, signal)).kind);
    expect(kinds).toEqual(Array(6).fill('held'));
    expect((await local.intents.get(update.key))?.state).toBe('held');
  });

  it('and that was mined and refused goes on with the current key once it is submitted again', async () => {
    await settlementOf(former).submit({ ...update, signal });
    await govern('unregisterOperator', former.address);
    expect(await settlementOf(current).track(update.key, signal)).toMatchObject({
      kind: 'reverted',
      reason: expect.stringContaining('ONLY_OPERATOR'),
    });
    await settlementOf(current).submit({ ...update, signal });
    await local.mine();
    await settledWith((await hashes())[1]);
  });

  it('and that is for another core contract stays untouched', async () => {
    const hash = await droppedByFormer();
    const elsewhere = local.settlement({}, () => ({ signer: current, coreContract: local.registry }));
    expect(await failureOf(elsewhere.track(update.key, signal))).toMatchObject({
      code: 'SETTLEMENT_CONFLICT',
      retry: 'permanent',
    });
    expect(await hashes()).toEqual([hash]);
  });
});
