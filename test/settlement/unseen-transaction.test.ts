import { afterAll, beforeAll, beforeEach, expect, it } from '@jest/globals';
import type { Hex } from 'viem';
import type { EthereumClient } from '../../src/settlement/ethereum/ethereum-client.ts';
import type { EthereumSettlement } from '../../src/settlement/ethereum/ethereum-settlement.ts';
import type { SettlementTuning } from '../../src/settlement/ethereum/transaction-options.ts';
import { Crash, CrashPlan } from './crashing-parts.ts';
import { LocalSettlement, type Update, updateOf } from './local-settlement.ts';

let local: LocalSettlement;
let snapshot: Hex;
let base: number;
let update: Update;
const { signal } = new AbortController();

beforeAll(async () => {
  local = await LocalSettlement.start();
  update = await updateOf(10);
  await local.registerFact(update);
  snapshot = (await local.rpc('evm_snapshot')) as Hex;
});
beforeEach(async () => {
  snapshot = await local.reset(snapshot);
  base = Number(await local.chain().getBlockNumber());
});
afterAll(() => local?.anvil.stop());

/** A node that shows no transaction before it is mined. */
function discreet(client: EthereumClient): EthereumClient {
  const transaction: EthereumClient['transaction'] = async (hash) => {
    const known = await client.transaction(hash);
    return known?.blockNumber === null ? undefined : known;
  };
  return new Proxy(client, {
    get: (target, name) => {
      const member: unknown = name === 'transaction' ? transaction : Reflect.get(target, name);
      return typeof member === 'function' ? member.bind(target) : member;
    },
  });
}

const settlement = (tuning: Partial<SettlementTuning> = {}): EthereumSettlement =>
  local.settlement(tuning, ({ client }) => ({ client: discreet(client) }));
const variants = async () => (await local.intents.get(update.key))?.variants ?? [];
const inPool = async (hash: string | undefined) => (await local.client.transaction(hash as Hex)) !== undefined;

/** Ten empty blocks, after which the pool is empty. */
async function dropped(): Promise<void> {
  await local.rpc('anvil_dropAllTransactions');
  await local.mine(10);
}

it('a stale transaction that the node has but does not show is outbid, once for each time that it grows stale', async () => {
  await settlement().submit({ ...update, signal });
  await dropped();
  const [first] = await variants();
  await local.client.sendRawTransaction(await local.objects.get(first?.raw_path ?? ''));
  expect(await settlement().track(update.key, signal)).toMatchObject({ kind: 'pending' });
  expect(await settlement().track(update.key, signal)).toMatchObject({ kind: 'pending' });
  const [, second, ...more] = await variants();
  expect(more).toEqual([]);
  expect(second?.nonce).toBe(first?.nonce);
  expect(BigInt(second?.max_fee_per_gas ?? 0)).toBeGreaterThanOrEqual(2n * BigInt(first?.max_fee_per_gas ?? 0));
  await local.mine();
  expect(await settlement().track(update.key, signal)).toMatchObject({ kind: 'confirmed', txHash: second?.hash });
  expect(await local.updatesOnChain(base)).toMatchObject([{ hash: second?.hash, status: 'success' }]);
});

it.each<[string, () => Partial<SettlementTuning>]>([
  ['as often as it may be', () => ({ maxFeeBumps: 0 })],
  ['up to the cap', () => ({ fees: { ...local.settlement().tuning.fees, maxFeeWei: 1n } })],
])('a dropped transaction that was outbid %s is sent again as it is', async (_, limit) => {
  await settlement().submit({ ...update, signal });
  const [first] = await variants();
  await dropped();
  expect(await settlement(limit()).track(update.key, signal)).toMatchObject({ kind: 'pending' });
  expect(await variants()).toHaveLength(1);
  expect(await inPool(first?.hash)).toBe(true);
  await local.mine();
  expect(await settlement(limit()).track(update.key, signal)).toMatchObject({ kind: 'confirmed', txHash: first?.hash });
});

it('a transaction that was never sent is not outbid, however old it is', async () => {
  const trace = new CrashPlan();
  await local.settlement({}, (parts) => trace.apply(parts)).submit({ ...update, signal });
  snapshot = await local.reset(snapshot);
  const dying = new CrashPlan(trace.calls.indexOf('client.sendRawTransaction'));
  await expect(local.settlement({}, (parts) => dying.apply(parts)).submit({ ...update, signal })).rejects.toThrow(
    Crash,
  );
  await local.clock.advance(1_000_000);
  await local.mine(20);
  expect(await settlement().track(update.key, signal)).toMatchObject({ intent: { state: 'broadcast' } });
  const [first, ...more] = await variants();
  expect(more).toEqual([]);
  expect(await inPool(first?.hash)).toBe(true);
});
