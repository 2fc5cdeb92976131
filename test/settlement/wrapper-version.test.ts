import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { createWalletClient, type Hex, http } from 'viem';
import { privateKeyToAccount } from 'viem/accounts';
import type { IntentVariant } from '../../src/database/intent-store.ts';
import { ANVIL_ACCOUNTS } from '../../src/devnet/anvil.ts';
import { parseBlobTransaction } from '../../src/settlement/ethereum/blob-transaction.ts';
import type { EthereumClient } from '../../src/settlement/ethereum/ethereum-client.ts';
import type { EthereumSettlement } from '../../src/settlement/ethereum/ethereum-settlement.ts';
import { EthereumRpcError } from '../../src/settlement/ethereum/rpc-error.ts';
import type { EthereumSettlementParts } from '../../src/settlement/ethereum/transaction-options.ts';
import { Crash, CrashPlan } from './crashing-parts.ts';
import { failureOf, LocalSettlement, type Update, updateOf } from './local-settlement.ts';

type Version = 0 | 1;

let local: LocalSettlement;
let snapshot: Hex;
let base: number;
let update: Update;
const { signal } = new AbortController();

beforeAll(async () => {
  local = await LocalSettlement.start();
  update = await updateOf(10, 2);
  await local.registerFact(update);
  snapshot = (await local.rpc('evm_snapshot')) as Hex;
});
beforeEach(async () => {
  snapshot = await local.reset(snapshot);
  base = Number(await local.chain().getBlockNumber());
});
afterAll(() => local?.anvil.stop());

/** A network that takes blobs in one wrapper only, whoever sends them and however often. */
function network(client: EthereumClient, takes: Version): EthereumClient {
  const sendRawTransaction = async (raw: Uint8Array): Promise<Hex> => {
    if (parseBlobTransaction(raw).sidecar.wrapperVersion === takes) return await client.sendRawTransaction(raw);
    const message = 'unexpected blob sidecar version';
    throw new EthereumRpcError({ method: 'eth_sendRawTransaction', code: -32000, message });
  };
  return new Proxy(client, {
    get: (target, name) => {
      const member: unknown = name === 'sendRawTransaction' ? sendRawTransaction : Reflect.get(target, name);
      return typeof member === 'function' ? member.bind(target) : member;
    },
  });
}

const settlementFor = (
  wrapperVersion: Version,
  takes: Version,
  change: (parts: EthereumSettlementParts) => Partial<EthereumSettlementParts> = () => ({}),
): EthereumSettlement =>
  local.settlement({ wrapperVersion }, (parts) => change({ ...parts, client: network(parts.client, takes) }));
const asItIs = ({ client }: EthereumSettlementParts) => ({ client });

const variants = async (): Promise<readonly IntentVariant[]> => (await local.intents.get(update.key))?.variants ?? [];
const newest = async () => {
  const variant = (await variants()).at(-1);
  return { variant, parsed: parseBlobTransaction(await local.objects.get(variant?.raw_path ?? '')) };
};

/** Signed and stored in the wrapper that the network does not take. */
async function refused(takes: Version): Promise<void> {
  const wrong = takes === 0 ? 1 : 0;
  expect(await failureOf(settlementFor(wrong, takes, asItIs).submit({ ...update, signal }))).toMatchObject({
    code: 'SETTLEMENT_ERROR',
    hint: expect.stringContaining('--disable-peerdas'),
  });
}

async function settledAs(hash: string | undefined): Promise<void> {
  await local.mine();
  expect(await local.settlement().track(update.key, signal)).toMatchObject({ kind: 'confirmed', txHash: hash });
  expect(await local.updatesOnChain(base)).toMatchObject([{ hash, status: 'success' }]);
}

describe('a transaction that was stored in the wrapper that the network refuses', () => {
  it.each([0, 1] as const)('goes out in version %s once that is configured, as the same transaction', async (takes) => {
    await refused(takes);
    const before = await newest();
    expect(await settlementFor(takes, takes, asItIs).track(update.key, signal)).toMatchObject({ kind: 'pending' });
    const after = await newest();
    expect(await variants()).toHaveLength(1);
    expect(after.parsed.sidecar.wrapperVersion).toBe(takes);
    expect(after.parsed.sidecar.blobs).toEqual(before.parsed.sidecar.blobs);
    expect(after.parsed.hash).toBe(before.variant?.hash);
    await settledAs(before.variant?.hash);
  });

  it('is made again in the configured wrapper when its bytes are lost', async () => {
    await refused(0);
    const { variant } = await newest();
    await local.objects.delete(variant?.raw_path ?? '');
    await settlementFor(0, 0, asItIs).submit({ ...update, signal });
    expect((await newest()).parsed.sidecar.wrapperVersion).toBe(0);
    await settledAs(variant?.hash);
  });

  it('a crash before or after any port call of wrapping it anew leaves one transaction', async () => {
    await refused(0);
    const traced = new CrashPlan();
    await settlementFor(0, 0, (parts) => traced.apply(parts)).track(update.key, signal);
    for (const port of ['objects.put', 'intents.replace', 'client.sendRawTransaction'])
      expect(traced.calls).toContain(port);
    for (const side of ['before', 'after'] as const) {
      for (let at = 0; at < traced.calls.length; at++) {
        snapshot = await local.reset(snapshot);
        await refused(0);
        const plan = new CrashPlan(at, side);
        const dying = settlementFor(0, 0, (parts) => plan.apply(parts));
        await expect(dying.track(update.key, signal)).rejects.toThrow(Crash);
        await settlementFor(0, 0, asItIs).track(update.key, signal);
        expect(await variants()).toHaveLength(1);
        await settledAs((await newest()).variant?.hash);
      }
    }
  }, 120_000);
});

describe('a network that changes its wrapper while a transaction waits', () => {
  it('gets the replacement in the new one', async () => {
    await settlementFor(1, 1, asItIs).submit({ ...update, signal });
    await local.rpc('anvil_dropAllTransactions');
    await local.mine(10);
    await local.client.sendRawTransaction(await local.objects.get((await newest()).variant?.raw_path ?? ''));
    await settlementFor(0, 0, asItIs).track(update.key, signal);
    const { variant, parsed } = await newest();
    expect(await variants()).toHaveLength(2);
    expect(parsed.sidecar.wrapperVersion).toBe(0);
    await settledAs(variant?.hash);
  });

  it('gets the transaction with another nonce in the new one', async () => {
    await settlementFor(1, 1, asItIs).submit({ ...update, signal });
    const [first] = await variants();
    await local.rpc('anvil_dropAllTransactions');
    const account = privateKeyToAccount(ANVIL_ACCOUNTS[0].privateKey);
    const wallet = createWalletClient({ account, transport: http(local.anvil.url, { timeout: 120_000 }) });
    await wallet.sendTransaction({ to: account.address, value: 1n, nonce: first?.nonce ?? -1, chain: null });
    await local.mine();
    await settlementFor(0, 0, asItIs).track(update.key, signal);
    const { variant, parsed } = await newest();
    expect(variant?.nonce).toBe((first?.nonce ?? 0) + 1);
    expect(parsed.sidecar.wrapperVersion).toBe(0);
    await settledAs(variant?.hash);
  });
});
