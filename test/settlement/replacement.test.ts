import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { createWalletClient, type Hex, http, parseEther, parseGwei } from 'viem';
import { privateKeyToAccount } from 'viem/accounts';
import type { Intent } from '../../src/database/intent-store.ts';
import { ANVIL_ACCOUNTS } from '../../src/devnet/anvil.ts';
import { parseBlobTransaction } from '../../src/settlement/ethereum/blob-transaction.ts';
import type { EthereumClient } from '../../src/settlement/ethereum/ethereum-client.ts';
import { EthereumRpcError } from '../../src/settlement/ethereum/rpc-error.ts';
import type { SettlementTuning } from '../../src/settlement/ethereum/transaction-options.ts';
import type { UpdateProgress } from '../../src/settlement/settlement.ts';
import { Crash, CrashPlan } from './crashing-parts.ts';
import { failureOf, LocalSettlement, updateOf } from './local-settlement.ts';

let local: LocalSettlement;
let snapshot: Hex;
let base: number;
const { signal } = new AbortController();
const settlementKey = ANVIL_ACCOUNTS[0];

beforeAll(async () => {
  local = await LocalSettlement.start();
  await local.registerFact(await updateOf(10));
  snapshot = (await local.rpc('evm_snapshot')) as Hex;
});
beforeEach(async () => {
  snapshot = await local.reset(snapshot);
  base = Number(await local.chain().getBlockNumber());
});
afterAll(() => local?.anvil.stop());

/** Settlement whose transaction, sent just now, is stale: blocks came and went without it. */
async function stuck(
  tuning: Partial<SettlementTuning> = {},
): Promise<(more?: Partial<SettlementTuning>) => Promise<UpdateProgress>> {
  const update = await updateOf(10);
  const settlement = local.settlement(tuning);
  await settlement.submit({ ...update, signal });
  await passWithout();
  return (more = {}) => local.settlement({ ...tuning, ...more }).track(update.key, signal);
}

/** Ten empty blocks: the pool's transaction is put back with the bytes that were stored. */
async function passWithout(blocks = 10): Promise<void> {
  const waiting = variants(await stored()).at(-1);
  const raw = await local.objects.get(waiting?.raw_path ?? '');
  await local.rpc('anvil_dropAllTransactions');
  await local.mine(blocks);
  await local.client.sendRawTransaction(raw);
}

const uncapped = () => ({ fees: { ...local.settlement().tuning.fees, maxFeeWei: parseEther('1') } });
const stored = async (): Promise<Intent> => {
  const intent = await local.intents.get((await updateOf(10)).key);
  if (intent === undefined) throw new Error('no intent');
  return intent;
};
const variants = (intent: Intent) => intent.variants.map((variant) => ({ ...variant, hash: variant.hash as Hex }));
const intentOf = (progress: UpdateProgress): Intent => {
  if (progress.kind === 'unknown') throw new Error('unknown');
  return progress.intent;
};

describe('a transaction that is not mined', () => {
  it('is left alone until it is stale', async () => {
    const update = await updateOf(10);
    const settlement = local.settlement();
    await settlement.submit({ ...update, signal });
    await local.clock.advance(1_000_000);
    // No block has come since: nothing could have been mined at any price.
    expect(variants(intentOf(await settlement.track(update.key, signal)))).toHaveLength(1);
    await passWithout(9);
    const fresh = local.settlement({ resendAfterMs: 2_000_000 });
    expect(variants(intentOf(await fresh.track(update.key, signal)))).toHaveLength(1);
    expect(variants(intentOf(await settlement.track(update.key, signal)))).toHaveLength(2);
  });

  it('is replaced: same nonce, same blobs, every fee at least doubled; one of the two is mined', async () => {
    const track = await stuck();
    const [first, second, ...more] = variants(intentOf(await track()));
    expect(more).toEqual([]);
    expect(second?.nonce).toBe(first?.nonce);
    const [before, after] = await Promise.all(
      [first, second].map(async (variant) => parseBlobTransaction(await local.objects.get(variant?.raw_path ?? ''))),
    );
    for (const fee of ['maxFeePerGas', 'maxPriorityFeePerGas', 'maxFeePerBlobGas'] as const) {
      expect(after?.body.fees[fee]).toBeGreaterThanOrEqual(2n * (before?.body.fees[fee] ?? 0n));
    }
    expect(after?.body.blobVersionedHashes).toEqual(before?.body.blobVersionedHashes);
    expect(after?.body.data).toBe(before?.body.data);
    expect(after?.sidecar).toEqual(before?.sidecar);

    await local.mine();
    expect(await track()).toMatchObject({ kind: 'confirmed', txHash: second?.hash });
    expect(await local.updatesOnChain(base)).toMatchObject([{ hash: second?.hash, status: 'success' }]);
  });

  it('counts as settled when the older variant is mined after all; nothing more is sent', async () => {
    const track = await stuck();
    const [first, second] = variants(intentOf(await track()));
    await local.rpc('anvil_dropTransaction', second?.hash);
    await local.client.sendRawTransaction(await local.objects.get(first?.raw_path ?? ''));
    await local.mine();
    expect(await track()).toMatchObject({ kind: 'confirmed', txHash: first?.hash });
    expect(variants(await stored())).toHaveLength(2);
    expect(await local.rpc('txpool_status')).toMatchObject({ pending: '0x0', queued: '0x0' });
  });

  it('is outbid again and again with rising fees, up to the limit, then held; still recognised when mined', async () => {
    const track = await stuck({ maxFeeBumps: 6, ...uncapped() });
    for (let round = 2; round <= 7; round++) {
      const all = variants(intentOf(await track()));
      expect(all).toHaveLength(round);
      const fees = all.map((variant) => BigInt(variant.max_fee_per_gas));
      expect([...fees].sort((a, b) => (a < b ? -1 : 1))).toEqual(fees);
      expect(new Set(fees).size).toBe(round);
      await passWithout();
    }
    expect(await track()).toMatchObject({ kind: 'held', intent: { state: 'held' } });
    expect(variants(await stored())).toHaveLength(7);
    await local.mine();
    expect(await track()).toMatchObject({ kind: 'confirmed' });
    expect(await stored()).toMatchObject({ state: 'confirmed', hold_reason: null });
  });

  it('is not outbid beyond the cap but held, with the transaction kept; when the cap allows it, it is sent', async () => {
    const { fees } = local.settlement().tuning;
    const track = await stuck();
    const [first] = variants(await stored());
    const cost =
      BigInt(first?.gas_limit ?? 0) * BigInt(first?.max_fee_per_gas ?? 0) +
      131_072n * BigInt(first?.max_fee_per_blob_gas ?? 0);
    const tight = { fees: { ...fees, maxFeeWei: cost + 1n } };
    const held = await track(tight);
    expect(held).toMatchObject({ kind: 'held', reason: expect.stringMatching(/^fees: .*cap/) });
    const { version } = await stored();
    expect(await track(tight)).toMatchObject({ kind: 'held' });
    // Held once more is nothing new.
    expect(await stored()).toMatchObject({ version, state: 'held', variants: [{ hash: first?.hash }] });
    expect(await track()).toMatchObject({ kind: 'pending', intent: { state: 'broadcast', hold_reason: null } });
    expect(variants(await stored())).toHaveLength(2);
  });

  it('rises above a base fee that has grown tenfold', async () => {
    const track = await stuck();
    await local.test().setNextBlockBaseFeePerGas({ baseFeePerGas: parseGwei('20') });
    await local.rpc('anvil_dropAllTransactions');
    await local.mine();
    const baseFee = (await local.client.block('latest'))?.baseFeePerGas ?? 0n;
    expect(baseFee).toBeGreaterThan(parseGwei('15'));
    const newest = variants(intentOf(await track(uncapped()))).at(-1);
    expect(BigInt(newest?.max_fee_per_gas ?? 0)).toBeGreaterThanOrEqual(
      baseFee + BigInt(newest?.max_priority_fee_per_gas ?? 0),
    );
    await local.mine();
    expect(await track()).toMatchObject({ kind: 'confirmed', txHash: newest?.hash });
  });

  it('is not outbid while a lower nonce of the key is missing', async () => {
    const track = await stuck();
    const [first] = variants(await stored());
    await local.test().setNonce({ address: settlementKey.address, nonce: (first?.nonce ?? 1) - 1 });
    expect(variants(intentOf(await track()))).toHaveLength(1);
  });

  it('two workers that outbid at the same moment add one variant', async () => {
    const track = await stuck();
    await Promise.all([track(), track({ fees: { ...uncapped().fees, replacementPercent: 300n } })]);
    expect(variants(await stored())).toHaveLength(2);
    await local.mine();
    expect(await track()).toMatchObject({ kind: 'confirmed' });
  });

  it('a crash before or after any port call of a replacement leaves one transaction', async () => {
    await stuck();
    const update = await updateOf(10);
    const traced = new CrashPlan();
    await local.settlement({}, (parts) => traced.apply(parts)).track(update.key, signal);
    expect(variants(await stored())).toHaveLength(2);
    for (const side of ['before', 'after'] as const) {
      for (let at = 0; at < traced.calls.length; at++) {
        snapshot = await local.reset(snapshot);
        const track = await stuck();
        const plan = new CrashPlan(at, side);
        await expect(local.settlement({}, (parts) => plan.apply(parts)).track(update.key, signal)).rejects.toThrow(
          Crash,
        );
        await track();
        await local.mine();
        expect(await track()).toMatchObject({ kind: 'confirmed' });
        const sent = await local.updatesOnChain(base);
        expect(sent).toMatchObject([{ status: 'success' }]);
        expect(variants(await stored()).map(({ hash }) => hash)).toContain(sent[0]?.hash);
      }
    }
  }, 120_000);
});

describe('a nonce that another transaction of the key used', () => {
  const useNonce = async (nonce: number): Promise<void> => {
    await local.rpc('anvil_dropAllTransactions');
    const wallet = createWalletClient({
      account: privateKeyToAccount(settlementKey.privateKey),
      transport: http(local.anvil.url, { timeout: 120_000 }),
    });
    await wallet.sendTransaction({ to: settlementKey.address, value: 1n, nonce, chain: null });
    await local.mine();
  };

  it('is found out at the depth of a settled update, and the update is signed anew with the next one', async () => {
    const update = await updateOf(10);
    const settlement = local.settlement({ confirmations: 3 });
    const { intent } = await settlement.submit({ ...update, signal });
    const nonce = intent.variants[0]?.nonce ?? -1;
    await useNonce(nonce);
    for (let depth = 1; depth < 3; depth++) {
      expect(await settlement.track(update.key, signal)).toMatchObject({
        kind: 'pending',
        note: expect.stringContaining(`nonce ${nonce} is used`),
      });
      await local.mine();
    }
    expect(await settlement.track(update.key, signal)).toMatchObject({ kind: 'pending' });
    expect(variants(await stored()).map((variant) => variant.nonce)).toEqual([nonce, nonce + 1]);
    await local.mine(3);
    expect(await settlement.track(update.key, signal)).toMatchObject({ kind: 'confirmed' });
    expect(await local.updatesOnChain(base)).toMatchObject([{ nonce: nonce + 1, status: 'success' }]);
  });

  it('"nonce too low" for bytes that were mined meanwhile creates nothing', async () => {
    const update = await updateOf(10);
    // The node hides the transaction once, so that it is sent again although it is mined.
    let hidden = true;
    const forgetful = (client: EthereumClient): EthereumClient =>
      Object.assign(Object.create(client), {
        ...bound(client),
        receipt: async (hash: Hex) => (hidden ? undefined : await client.receipt(hash)),
        transaction: async (hash: Hex) => (hidden ? undefined : await client.transaction(hash)),
        transactionCount: async (address: Hex, at: number) =>
          (await client.transactionCount(address, at)) - (hidden ? 1 : 0),
        call: async (...call: Parameters<EthereumClient['call']>) => (hidden ? '0x' : await client.call(...call)),
      });
    await local.settlement().submit({ ...update, signal });
    await local.mine();
    const settlement = local.settlement({}, ({ client }) => ({ client: forgetful(client) }));
    expect(await settlement.track(update.key, signal)).toMatchObject({
      kind: 'pending',
      note: expect.stringContaining('is used'),
    });
    hidden = false;
    expect(await settlement.track(update.key, signal)).toMatchObject({ kind: 'confirmed' });
    expect(variants(await stored())).toHaveLength(1);
  });
});

describe('what the node says to a transaction', () => {
  /** A client whose node refuses the first transactions with these words. */
  const refusing = (client: EthereumClient, ...texts: string[]): EthereumClient =>
    Object.assign(Object.create(client), {
      ...bound(client),
      sendRawTransaction: async (raw: Uint8Array) => {
        const message = texts.shift();
        if (message === undefined) return await client.sendRawTransaction(raw);
        throw new EthereumRpcError({ method: 'eth_sendRawTransaction', code: -32000, message });
      },
    });

  it('"underpriced" leads to a higher offer, a bounded number of times', async () => {
    const update = await updateOf(10);
    const words = Array.from({ length: 20 }, () => 'replacement transaction underpriced');
    const settlement = local.settlement({ maxFeeBumps: 3, ...uncapped() }, ({ client }) => ({
      client: refusing(client, ...words),
    }));
    const { intent } = await settlement.submit({ ...update, signal });
    expect(intent.variants).toHaveLength(2);
    const kinds = [];
    for (let round = 0; round < 5; round++) kinds.push((await settlement.track(update.key, signal)).kind);
    expect(kinds.at(-1)).toBe('held');
    expect(variants(await stored())).toHaveLength(4);
    // The pool has room again: the newest bytes go out without anybody's help.
    expect(await local.settlement().track(update.key, signal)).toMatchObject({
      kind: 'pending',
      intent: { state: 'broadcast' },
    });
    await local.mine();
    expect(await local.updatesOnChain(base)).toMatchObject([{ status: 'success' }]);
  });

  it.each([
    ['already known', 'broadcast'],
    ['nonce too high', 'signed'],
    ['txpool is full', 'signed'],
    ['insufficient funds for gas * price + value', 'held'],
  ])('%s: the intent is %s and the next look sends its bytes', async (words, state) => {
    const update = await updateOf(10);
    const { intent } = await local
      .settlement({}, ({ client }) => ({ client: refusing(client, words) }))
      .submit({ ...update, signal });
    expect(intent).toMatchObject({ state, variants: [{ nonce: expect.any(Number) }] });
    expect(await local.settlement().track(update.key, signal)).toMatchObject({
      kind: 'pending',
      intent: { state: 'broadcast' },
    });
    await local.mine();
    expect(await local.updatesOnChain(base)).toMatchObject([{ status: 'success' }]);
  });

  it('any other refusal is a failure that keeps the intent and says what the node said', async () => {
    const update = await updateOf(10);
    const failing = local.settlement({}, ({ client }) => ({
      client: refusing(client, 'unexpected blob sidecar version'),
    }));
    const failure = await failureOf(failing.submit({ ...update, signal }));
    expect(failure).toMatchObject({
      code: 'SETTLEMENT_ERROR',
      retry: 'transient',
      hint: expect.stringContaining('--disable-peerdas'),
    });
    expect(failure.message).toContain('unexpected blob sidecar version');
    await local.settlement().submit({ ...update, signal });
    await local.mine();
    expect(await local.updatesOnChain(base)).toMatchObject([{ status: 'success' }]);
  });

  it('trouble of the node is no refusal: it costs no attempt', async () => {
    const update = await updateOf(10);
    const troubled = local.settlement({}, ({ client }) => ({ client: refusing(client, 'no backends available') }));
    expect(await failureOf(troubled.submit({ ...update, signal }))).toMatchObject({
      retry: 'dependency-down',
      dependency: 'ethereum-node',
    });
    expect(await local.settlement().track(update.key, signal)).toMatchObject({ intent: { state: 'broadcast' } });
  });
});

describe('money', () => {
  it('a first transaction above the cap is not signed, and costs no attempt', async () => {
    const update = await updateOf(10);
    const { fees } = local.settlement().tuning;
    const failure = await failureOf(
      local.settlement({ fees: { ...fees, maxFeeWei: 1n } }).submit({ ...update, signal }),
    );
    expect(failure).toMatchObject({
      code: 'SETTLEMENT_FEE_CAP',
      retry: 'dependency-down',
      dependency: 'settlement-fees',
    });
    expect(await local.intents.get(update.key)).toBeUndefined();
    expect(await local.objects.list('10/')).toEqual([]);
  });

  it('a balance that is too low holds back signing', async () => {
    const update = await updateOf(10);
    await local.test().setBalance({ address: settlementKey.address, value: 1n });
    await local.mine();
    const failure = await failureOf(local.settlement().submit({ ...update, signal }));
    expect(failure).toMatchObject({
      code: 'SETTLEMENT_BALANCE',
      retry: 'dependency-down',
      dependency: 'settlement-balance',
    });
    expect(await local.intents.get(update.key)).toBeUndefined();
  });

  it('a balance that is too low after signing holds the transaction, until there is money', async () => {
    const update = await updateOf(10);
    const settlement = local.settlement();
    await settlement.submit({ ...update, signal });
    await local.rpc('anvil_dropAllTransactions');
    await local.test().setBalance({ address: settlementKey.address, value: 1n });
    await local.mine();
    expect(await settlement.track(update.key, signal)).toMatchObject({
      kind: 'held',
      reason: expect.stringMatching(/^balance:/),
    });
    await local.test().setBalance({ address: settlementKey.address, value: parseEther('1') });
    await local.mine();
    expect(await settlement.track(update.key, signal)).toMatchObject({
      kind: 'pending',
      intent: { state: 'broadcast' },
    });
    await local.mine();
    expect(await settlement.track(update.key, signal)).toMatchObject({ kind: 'confirmed' });
  });
});

/** The client's methods as plain functions, to be overridden one by one. */
function bound(client: EthereumClient): EthereumClient {
  const names = [
    'chainId',
    'block',
    'blobBaseFee',
    'transactionCount',
    'balance',
    'transaction',
    'receipt',
    'call',
    'sendRawTransaction',
    'logs',
  ] as const;
  return Object.fromEntries(
    names.map((name) => [name, (client[name] as () => unknown).bind(client)]),
  ) as unknown as EthereumClient;
}
