import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { createWalletClient, type Hex, http, parseAbi } from 'viem';
import { privateKeyToAccount } from 'viem/accounts';
import { MemoryIntentStore } from '../../src/database/memory/memory-intent-store.ts';
import { ANVIL_ACCOUNTS } from '../../src/devnet/anvil.ts';
import type { EthereumBlock, EthereumClient } from '../../src/settlement/ethereum/ethereum-client.ts';
import { EthereumRpcError } from '../../src/settlement/ethereum/rpc-error.ts';
import { privateKeySigner } from '../../src/settlement/ethereum/transaction-signer.ts';
import { encodeOsOutput, type OsOutput, parseOsOutput } from '../../src/starknet/os-output.ts';
import { MemoryObjectStore } from '../../src/storage/memory/memory-object-store.ts';
import { failureOf, LocalSettlement, START, stateOf, type Update, updateOf } from './local-settlement.ts';

let local: LocalSettlement;
let snapshot: Hex;
let base: number;
let update: Update;
const { signal } = new AbortController();

beforeAll(async () => {
  local = await LocalSettlement.start();
  for (const block of [10, 11]) await local.registerFact(await updateOf(block));
  const governor = createWalletClient({
    account: privateKeyToAccount(ANVIL_ACCOUNTS[0].privateKey),
    transport: http(local.anvil.url, { timeout: 120_000 }),
  });
  const abi = parseAbi(['function registerOperator(address newOperator)']);
  await governor.writeContract({
    address: local.core,
    abi,
    functionName: 'registerOperator',
    args: [ANVIL_ACCOUNTS[1].address],
    chain: null,
    gas: 200_000n,
  });
  await local.mine();
  snapshot = (await local.rpc('evm_snapshot')) as Hex;
  update = await updateOf(10);
});
beforeEach(async () => {
  snapshot = await local.reset(snapshot);
  base = Number(await local.chain().getBlockNumber());
});
afterAll(() => local?.anvil.stop());

/** An answer of the client replaced, the rest as it is. */
function overriding(client: EthereumClient, change: Partial<EthereumClient>): EthereumClient {
  return new Proxy(client, {
    get: (target, name) => {
      const member: unknown = Reflect.get(change, name) ?? Reflect.get(target, name);
      return typeof member === 'function' ? member.bind(target) : member;
    },
  });
}

describe('reorganisations', () => {
  it('a dropped transaction is sent again: same bytes, same nonce, settled once', async () => {
    const settlement = local.settlement({ confirmations: 3 });
    const { intent } = await settlement.submit({ ...update, signal });
    const hash = intent.variants[0]?.hash as Hex;
    await local.mine();
    expect(await settlement.track(update.key, signal)).toMatchObject({ kind: 'included' });

    await local.rpc('anvil_rollback', 1);
    await local.rpc('anvil_dropAllTransactions');
    expect(await local.client.receipt(hash)).toBeUndefined();
    expect(await settlement.state('included')).toEqual(stateOf(START));
    expect(await settlement.track(update.key, signal)).toMatchObject({
      kind: 'pending',
      intent: { state: 'broadcast' },
    });
    expect(await local.client.transaction(hash)).toMatchObject({ hash, blockNumber: null });
    await local.mine(3);
    expect(await settlement.track(update.key, signal)).toMatchObject({ kind: 'confirmed', txHash: hash });
    expect(await local.updatesOnChain(base)).toMatchObject([{ hash, status: 'success' }]);
  });

  it('a confirmed update below which the chain changed is brought back', async () => {
    const settlement = local.settlement();
    await settlement.submit({ ...update, signal });
    await local.mine();
    expect(await settlement.track(update.key, signal)).toMatchObject({ kind: 'confirmed' });
    await local.rpc('anvil_rollback', 1);
    await local.rpc('anvil_dropAllTransactions');
    const { intent } = await settlement.submit({ ...update, signal });
    expect(intent).toMatchObject({ state: 'broadcast', variants: [{ nonce: expect.any(Number) }] });
    await local.mine();
    expect(await settlement.track(update.key, signal)).toMatchObject({ kind: 'confirmed' });
  });

  it('two blocks that were dropped come back in order', async () => {
    const settlement = local.settlement({ confirmations: 3 });
    const updates = [update, await updateOf(11)];
    for (const one of updates) {
      await settlement.submit({ ...one, signal });
      await local.mine();
    }
    await local.rpc('anvil_rollback', 2);
    await local.rpc('anvil_dropAllTransactions');
    const later = updates[1]?.key ?? '';
    expect(await settlement.track(later, signal)).toMatchObject({
      kind: 'pending',
      note: expect.stringContaining('INVALID_PREV_BLOCK_NUMBER'),
    });
    await settlement.track(update.key, signal);
    await local.mine();
    await settlement.track(later, signal);
    await local.mine(3);
    for (const one of updates) expect(await settlement.track(one.key, signal)).toMatchObject({ kind: 'confirmed' });
    expect(await local.updatesOnChain(base)).toMatchObject([{ status: 'success' }, { status: 'success' }]);
  });

  it('a receipt whose block was replaced counts for nothing', async () => {
    const settlement = local.settlement();
    await settlement.submit({ ...update, signal });
    await local.mine();
    const other = overriding(local.client, {
      block: async (at) => {
        const block = (await local.client.block(at)) as EthereumBlock;
        return at === 'latest' ? block : { ...block, hash: `0x${'12'.repeat(32)}` };
      },
    });
    const doubting = local.settlement({}, () => ({ client: other }));
    expect(await doubting.track(update.key, signal)).toMatchObject({
      kind: 'pending',
      note: expect.stringContaining('not part of the chain'),
    });
    expect(await settlement.track(update.key, signal)).toMatchObject({ kind: 'confirmed' });
  });

  it('a receipt that cannot be read is not a transaction that was not mined', async () => {
    const settlement = local.settlement();
    await settlement.submit({ ...update, signal });
    await local.mine();
    const sent: Uint8Array[] = [];
    const blind = overriding(local.client, {
      receipt: async () => {
        throw new EthereumRpcError({ method: 'eth_getTransactionReceipt', code: -32603, message: 'internal error' });
      },
      sendRawTransaction: async (raw) => {
        sent.push(raw);
        return '0x';
      },
    });
    const failure = await failureOf(local.settlement({}, () => ({ client: blind })).track(update.key, signal));
    expect(failure).toMatchObject({ retry: 'dependency-down', dependency: 'ethereum-node' });
    expect(sent).toEqual([]);
  });
});

describe('reverts', () => {
  it('a transaction that another settler overtook is reverted with the contract’s reason, at the configured depth', async () => {
    const settlement = local.settlement({ confirmations: 2 });
    const { intent } = await settlement.submit({ ...update, signal });
    const hash = intent.variants[0]?.hash as Hex;
    const { fees } = settlement.tuning;
    const rival = local.settlement({ fees: { ...fees, priorityFeeWei: 4n * fees.priorityFeeWei } }, () => ({
      signer: privateKeySigner(ANVIL_ACCOUNTS[1].privateKey),
      intents: new MemoryIntentStore(),
      objects: new MemoryObjectStore(),
    }));
    await rival.submit({ ...update, signal });
    await local.mine();
    expect((await local.updatesOnChain(base)).map(({ status }) => status).sort()).toEqual(['reverted', 'success']);
    expect(await settlement.track(update.key, signal)).toMatchObject({
      kind: 'pending',
      note: expect.stringContaining('reverted'),
    });
    await local.mine();
    expect(await settlement.track(update.key, signal)).toMatchObject({
      kind: 'reverted',
      reason: 'INVALID_PREV_BLOCK_NUMBER',
      intent: { state: 'reverted' },
    });
    expect((await local.intents.get(update.key))?.variants).toMatchObject([
      { hash, error: 'INVALID_PREV_BLOCK_NUMBER' },
    ]);
    const again = await failureOf(settlement.submit({ ...update, signal }));
    expect(again).toMatchObject({ code: 'SETTLEMENT_CONFLICT', retry: 'transient', context: { position: 10 } });
  });

  it('after a revert that had a passing cause the update is signed anew, and settled', async () => {
    const settlement = local.settlement();
    await settlement.submit({ ...update, signal });
    const code = await local.chain().getCode({ address: local.core });
    // PUSH0 PUSH0 REVERT
    await local.rpc('anvil_setCode', local.core, '0x5f5ffd');
    await local.mine();
    expect(await settlement.track(update.key, signal)).toMatchObject({ kind: 'reverted', reason: 'no reason given' });
    await local.rpc('anvil_setCode', local.core, code);
    const { intent } = await settlement.submit({ ...update, signal });
    const [first, second] = intent.variants;
    expect(second?.nonce).toBe((first?.nonce ?? 0) + 1);
    await local.mine();
    expect(await settlement.track(update.key, signal)).toMatchObject({ kind: 'confirmed', txHash: second?.hash });
    expect((await local.updatesOnChain(base)).map(({ status }) => status)).toEqual(['reverted', 'success']);
  });
});

describe('what the contract would refuse is never sent', () => {
  const changed = async (change: (output: OsOutput) => Partial<OsOutput>, registered = true): Promise<Update> => {
    const output = parseOsOutput(update.programOutput);
    const other = { ...update, programOutput: encodeOsOutput({ ...output, ...change(output) }) };
    if (registered) await local.registerFact(other);
    return other;
  };

  it.each([
    ['INVALID_PREVIOUS_ROOT', ({ initialRoot }: OsOutput) => ({ initialRoot: initialRoot + 1n })],
    ['INVALID_PREV_BLOCK_HASH', ({ prevBlockHash }: OsOutput) => ({ prevBlockHash: prevBlockHash + 1n })],
    ['INVALID_CONFIG_HASH', ({ configHash }: OsOutput) => ({ configHash: configHash + 1n })],
    ['AGGREGATOR_MODE_INVALID_OS_PROGRAM_HASH', () => ({ osProgramHash: 5n })],
    ['FULL_OUTPUT_NOT_SUPPORTED', () => ({ fullOutput: true })],
  ])('%s', async (reason, change) => {
    const failure = await failureOf(local.settlement().submit({ ...(await changed(change)), signal }));
    expect(failure).toMatchObject({ code: 'SETTLEMENT_REVERTED', retry: 'permanent', context: { reason } });
    expect(await local.intents.get(update.key)).toBeUndefined();
    expect(await local.rpc('txpool_status')).toMatchObject({ pending: '0x0', queued: '0x0' });
  });

  it('NO_STATE_TRANSITION_PROOF: the fact may still come', async () => {
    const unknown = await changed(({ finalRoot }) => ({ finalRoot: finalRoot + 1n }), false);
    const failure = await failureOf(local.settlement().submit({ ...unknown, signal }));
    expect(failure).toMatchObject({
      code: 'SETTLEMENT_REVERTED',
      retry: 'transient',
      context: { reason: 'NO_STATE_TRANSITION_PROOF' },
    });
    await local.registerFact(unknown);
    await local.settlement().submit({ ...unknown, signal });
  });

  it('ONLY_OPERATOR: says what to do', async () => {
    const key = `0x${'77'.repeat(32)}` as const;
    const signer = privateKeySigner(key);
    await local.test().setBalance({ address: signer.address, value: 10n ** 18n });
    await local.mine();
    const failure = await failureOf(local.settlement({}, () => ({ signer })).submit({ ...update, signal }));
    expect(failure).toMatchObject({
      code: 'SETTLEMENT_REVERTED',
      retry: 'permanent',
      hint: expect.stringContaining('registerOperator'),
    });
  });

  it('a blob or an output that does not fit the other is found before the chain is asked', async () => {
    const foreign = await updateOf(11);
    const commitment = await failureOf(local.settlement().submit({ ...update, blobs: foreign.blobs, signal }));
    expect(commitment).toMatchObject({ code: 'OUTPUT_MISMATCH', context: { field: 'commitment', blob: 0 } });
    const wrongY = await changed(({ kzg }) => (kzg ? { kzg: { ...kzg, evaluations: [1n] } } : {}), false);
    expect(await failureOf(local.settlement().submit({ ...wrongY, signal }))).toMatchObject({
      code: 'OUTPUT_MISMATCH',
      context: { field: 'evaluation', blob: 0 },
    });
    const short = { ...update, blobs: update.blobs.map((blob) => blob.subarray(1)) };
    expect(await failureOf(local.settlement().submit({ ...short, signal }))).toMatchObject({ code: 'BLOB_INVALID' });
    expect(await failureOf(local.settlement().submit({ ...update, blobs: [], signal }))).toMatchObject({
      code: 'OUTPUT_MISMATCH',
      context: { field: 'blobCount' },
    });
    expect(await failureOf(local.settlement().submit({ ...update, lastBlock: 12, signal }))).toMatchObject({
      code: 'OUTPUT_MISMATCH',
      context: { field: 'newBlockNumber' },
    });
  });

  it('an update that needs more gas gets it', async () => {
    const { gas } = local.settlement().tuning;
    const settlement = local.settlement({ gas: { ...gas, first: 60_000n } });
    const { intent } = await settlement.submit({ ...update, signal });
    expect(BigInt(intent.variants[0]?.gas_limit ?? 0)).toBeGreaterThan(120_000n);
    await local.mine();
    expect(await settlement.track(update.key, signal)).toMatchObject({ kind: 'confirmed' });
  });

  it('a node that keeps blob hashes from eth_call cannot try the update, and it is sent all the same', async () => {
    const old = overriding(local.client, {
      call: ({ blobVersionedHashes: _, ...request }, at) => local.client.call(request, at),
    });
    const settlement = local.settlement({}, () => ({ client: old }));
    await settlement.submit({ ...update, signal });
    await local.mine();
    expect(await settlement.track(update.key, signal)).toMatchObject({ kind: 'confirmed' });
  });
});
