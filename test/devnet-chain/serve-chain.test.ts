import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { GeneratedChain } from '../../src/devnet/chain/generated/generated-chain.ts';
import { feltToHex, shortString } from '../../src/starknet/felt.ts';
import { failureOf } from '../starknet-rpc/instant-time.ts';
import { type ChainOverHttp, overHttp } from './chain-over-http.ts';

const LATEST = 100_000;
const chain = new GeneratedChain({ seed: 'served', head: () => LATEST });
let served: ChainOverHttp;
beforeAll(async () => {
  served = await overHttp(chain);
});
afterAll(async () => {
  await served[Symbol.asyncDispose]();
});

async function post(body: unknown): Promise<{ status: number; json: unknown }> {
  const response = await fetch(served.url, {
    method: 'POST',
    body: typeof body === 'string' ? body : JSON.stringify(body),
  });
  const text = await response.text();
  return { status: response.status, json: text === '' ? undefined : JSON.parse(text) };
}
const call = (method: string, params?: unknown, id: unknown = 1) => ({
  jsonrpc: '2.0',
  id,
  method,
  ...(params === undefined ? {} : { params }),
});
const errorCode = async (body: unknown) => ((await post(body)).json as { error?: { code: number } }).error?.code;

describe('the production client on a served chain', () => {
  it('reads back everything, near the start and 100,000 blocks ahead', async () => {
    const { node } = served;
    expect(await node.chainId()).toBe(shortString('SN_GENERATED'));
    expect(await node.latestBlockNumber()).toBe(LATEST);
    for (const block of [0, 1, 7, 40, 99_999, LATEST]) {
      expect(await node.blockHeader(block)).toEqual(chain.header(block));
      expect(await node.stateUpdate(block)).toEqual(chain.stateUpdate(block));
      expect(await node.blockMessages(block)).toEqual({ ...chain.messages(block), assumed: false });
    }
  });

  it('looks up state in batches', async () => {
    const block =
      Array.from({ length: 40 }, (_, index) => 500 + index).find((n) =>
        chain.stateUpdate(n).stateDiff.storageDiffs.some(({ entries }) => entries.length > 250),
      ) ?? 0;
    const slots = chain
      .stateUpdate(block)
      .stateDiff.storageDiffs.flatMap(({ address, entries }) => entries.map(({ key }) => ({ address, key })));
    expect(slots.length).toBeGreaterThan(250);
    expect(await served.node.storage(block, slots)).toEqual(
      slots.map(({ address, key }) => chain.storage(block, address, key)),
    );
    const addresses = chain.stateUpdate(0).stateDiff.deployedContracts.map(({ address }) => address);
    expect(await served.node.nonces(block, addresses)).toEqual(addresses.map((address) => chain.nonce(block, address)));
    expect(await served.node.classHashes(block, [...addresses, 77n])).toEqual([
      ...addresses.map((address) => chain.classHash(block, address)),
      undefined,
    ]);
    expect((await failureOf(served.node.nonces(block, [77n]))).context.rpcCode).toBe(20);
  });

  it('a block beyond the head is not found', async () => {
    const error = await failureOf(served.node.blockHeader(LATEST + 1));
    expect([error.code, error.retry]).toEqual(['BLOCK_NOT_FOUND', 'transient']);
    expect((await failureOf(served.node.stateUpdate(LATEST + 1))).code).toBe('BLOCK_NOT_FOUND');
  });

  it('a chain without blocks yet', async () => {
    await using empty = await overHttp(new GeneratedChain({ seed: 1, head: () => undefined }));
    expect(await empty.node.latestBlockNumber()).toBeUndefined();
    expect((await failureOf(empty.node.blockHeader(0))).code).toBe('BLOCK_NOT_FOUND');
  });
});

describe('the protocol', () => {
  const address = feltToHex(chain.stateUpdate(0).stateDiff.deployedContracts[1]?.address ?? 0n);

  it('takes parameters by name and by position', async () => {
    const named = await post(call('starknet_getNonce', { block_id: { block_number: 9 }, contract_address: address }));
    const positional = await post(call('starknet_getNonce', [{ block_number: 9 }, address]));
    expect(positional.json).toEqual(named.json);
    expect(named.json).toEqual({ jsonrpc: '2.0', id: 1, result: feltToHex(chain.nonce(9, BigInt(address)) ?? -1n) });
  });

  it('takes blocks by number, hash and "latest"', async () => {
    const ids = [{ block_number: LATEST }, { block_hash: feltToHex(chain.header(LATEST).hash) }, 'latest'];
    const hashes = await Promise.all(
      ids.map(async (id) => (await post(call('starknet_getBlockWithTxHashes', [id]))).json),
    );
    expect(hashes[1]).toEqual(hashes[0]);
    expect(hashes[2]).toEqual(hashes[0]);
    expect(hashes[0]).toMatchObject({ result: { status: 'ACCEPTED_ON_L2', block_number: LATEST } });
  });

  it('answers batches, and notifications not at all', async () => {
    const batch = await post([
      call('starknet_blockNumber', undefined, 'a'),
      { jsonrpc: '2.0', method: 'starknet_chainId' },
      call('nothing', [], 7),
      5,
    ]);
    expect(batch.json).toEqual([
      { jsonrpc: '2.0', id: 'a', result: LATEST },
      { jsonrpc: '2.0', id: 7, error: { code: -32601, message: 'Method not found' } },
      { jsonrpc: '2.0', id: null, error: { code: -32600, message: 'Invalid request' } },
    ]);
    expect((await post({ jsonrpc: '2.0', method: 'starknet_chainId' })).status).toBe(204);
  });

  it.each([
    ['bad JSON', '{"jsonrpc"', -32700],
    ['an empty batch', [], -32600],
    ['an unknown method', call('starknet_call', {}), -32601],
    ['a method of the prototype', call('constructor', {}), -32601],
    ['a missing parameter', call('starknet_getNonce', { block_id: 'latest' }), -32602],
    ['an address that is no felt', call('starknet_getNonce', { block_id: 'latest', contract_address: '12' }), -32602],
    ['a strange block id', call('starknet_getStateUpdate', { block_id: 5 }), -32602],
    ['a bad block hash', call('starknet_getStateUpdate', { block_id: { block_hash: 'x' } }), -32602],
    ['a negative block', call('starknet_getStateUpdate', { block_id: { block_number: -1 } }), 10_001],
    ['an unknown hash', call('starknet_getStateUpdate', { block_id: { block_hash: '0x1234' } }), 24],
    ['the pre-confirmed block', call('starknet_getStateUpdate', { block_id: 'pre_confirmed' }), 24],
    ['an unknown contract', call('starknet_getClassHashAt', { block_id: 'latest', contract_address: '0x1234' }), 20],
  ])('refuses %s', async (_, body, code) => {
    expect(await errorCode(body)).toBe(code);
  });

  it('takes nothing but POST', async () => {
    expect((await fetch(served.url)).status).toBe(405);
  });
});
