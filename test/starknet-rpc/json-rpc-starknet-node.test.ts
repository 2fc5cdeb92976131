import { describe, expect, it } from '@jest/globals';
import { JsonRpcStarknetNode } from '../../src/starknet/rpc/json-rpc-starknet-node.ts';
import { clientOptions, failureOf } from './instant-time.ts';
import { type Call, failure, result, scriptedServer, sendJson } from './scripted-server.ts';

const HASH = '0x0abc';
const BLOCK = {
  status: 'ACCEPTED_ON_L1',
  block_hash: HASH,
  parent_hash: '0xabb',
  block_number: 7,
  new_root: '0x22',
  timestamp: 1_700_000_000,
  sequencer_address: '0x1',
  l1_gas_price: { price_in_fri: '0x1', price_in_wei: '0x1' },
  l1_da_mode: 'BLOB',
  starknet_version: '0.13.5',
  transactions: [],
};
const EMPTY_DIFF = {
  storage_diffs: [{ address: '0x5', storage_entries: [{ key: '0x6', value: '0x0' }] }],
  deprecated_declared_classes: [],
  declared_classes: [],
  deployed_contracts: [],
  replaced_classes: [{ contract_address: '0x5', class_hash: '0x9' }],
  nonces: [],
};
const UPDATE = { block_hash: '0xabc', old_root: '0x21', new_root: '0x22', state_diff: EMPTY_DIFF };
const RECEIPT = {
  type: 'INVOKE',
  transaction_hash: '0x1',
  messages_sent: [],
  events: [],
  execution_status: 'SUCCEEDED',
};

type Answers = Record<string, unknown>;

/** A node whose methods answer with fixed results; a number is an error code. */
function nodeAnswering(answers: Answers) {
  const reply = (call: Call) => {
    const answer = answers[call.method];
    if (answer === undefined) return failure(call, -32601, 'Method not found');
    return typeof answer === 'object' && answer !== null && 'refuse' in answer
      ? failure(call, answer.refuse as number)
      : result(call, answer);
  };
  return scriptedServer((body, response) => sendJson(response, Array.isArray(body) ? body.map(reply) : reply(body)));
}

async function ask<T>(answers: Answers, question: (node: JsonRpcStarknetNode) => Promise<T>): Promise<T> {
  await using server = await nodeAnswering(answers);
  return await question(new JsonRpcStarknetNode(clientOptions(server.url)));
}

describe('chain and head', () => {
  it('reads chain id and number', async () => {
    expect(await ask({ starknet_chainId: '0x534e5f5345504f4c4941' }, (node) => node.chainId())).toBe(
      0x534e5f5345504f4c4941n,
    );
    expect(await ask({ starknet_blockNumber: 12 }, (node) => node.latestBlockNumber())).toBe(12);
  });

  it('a chain without blocks has no newest one', async () => {
    expect(await ask({ starknet_blockNumber: { refuse: 32 } }, (node) => node.latestBlockNumber())).toBeUndefined();
  });

  it.each([
    ['"12"', '12'],
    ['-1', -1],
    ['1.5', 1.5],
    ['null', null],
  ])('refuses %s as a number', async (_, answer) => {
    const error = await failureOf(ask({ starknet_blockNumber: answer }, (node) => node.latestBlockNumber()));
    expect([error.code, error.context.field]).toEqual(['NODE_ANSWER_INVALID', 'result']);
  });
});

describe('headers', () => {
  it('reads the header of a final block, asked for by number', async () => {
    await using server = await nodeAnswering({ starknet_getBlockWithTxHashes: BLOCK });
    const header = await new JsonRpcStarknetNode(clientOptions(server.url)).blockHeader(7);
    expect(header).toEqual({
      number: 7,
      hash: 0xabcn,
      parentHash: 0xabbn,
      newRoot: 0x22n,
      starknetVersion: '0.13.5',
      timestamp: 1_700_000_000,
    });
    expect(server.bodies).toMatchObject([{ params: { block_id: { block_number: 7 } } }]);
  });

  const { block_hash: _hash, new_root: _root, ...withoutHash } = BLOCK;
  it.each([
    ['PENDING (0.8)', { ...withoutHash, status: 'PENDING' }],
    ['PRE_CONFIRMED (0.9)', { ...withoutHash, status: 'PRE_CONFIRMED' }],
    ['PENDING in spite of a hash', { ...BLOCK, status: 'PENDING' }],
    ['without status and hash (0.7)', { ...withoutHash, status: undefined }],
  ])('a block that is %s counts as not there yet', async (_, block) => {
    for (const question of [
      (node: JsonRpcStarknetNode) => node.blockHeader(7),
      (node: JsonRpcStarknetNode) => node.blockMessages(7),
    ]) {
      const error = await failureOf(
        ask<unknown>({ starknet_getBlockWithTxHashes: block, starknet_getBlockWithReceipts: block }, question),
      );
      expect([error.code, error.retry]).toEqual(['BLOCK_NOT_FOUND', 'transient']);
      expect(error.message).toMatch(/not final/);
    }
  });

  it('an unknown block is BLOCK_NOT_FOUND, asked for once', async () => {
    await using server = await nodeAnswering({ starknet_getBlockWithTxHashes: { refuse: 24 } });
    const error = await failureOf(new JsonRpcStarknetNode(clientOptions(server.url)).blockHeader(7));
    expect([error.code, error.retry, error.context.block]).toEqual(['BLOCK_NOT_FOUND', 'transient', 7]);
    expect(server.bodies).toHaveLength(1);
  });

  it.each([
    ['status', { ...BLOCK, status: 'REJECTED' }],
    ['parent_hash', { ...BLOCK, parent_hash: undefined }],
    ['parent_hash', { ...BLOCK, parent_hash: 'abb' }],
    ['new_root', { ...BLOCK, new_root: `0x${'f'.repeat(64)}` }],
    ['new_root', { ...BLOCK, new_root: 34 }],
    ['timestamp', { ...BLOCK, timestamp: '0x1' }],
    ['starknet_version', { ...BLOCK, starknet_version: null }],
    ['block_number', { ...BLOCK, block_number: 8 }],
  ])('names the field %s when it is wrong', async (field, block) => {
    const error = await failureOf(ask({ starknet_getBlockWithTxHashes: block }, (node) => node.blockHeader(7)));
    expect([error.code, error.retry, error.context.field]).toEqual([
      'NODE_ANSWER_INVALID',
      'transient',
      `result.${field}`,
    ]);
  });
});

describe('state updates', () => {
  it('reads one with and without migrated classes', async () => {
    for (const migrated of [undefined, [{ class_hash: '0x1', compiled_class_hash: '0x2' }]]) {
      const update = { ...UPDATE, state_diff: { ...EMPTY_DIFF, migrated_compiled_classes: migrated } };
      const read = await ask({ starknet_getStateUpdate: update, starknet_getBlockWithTxHashes: BLOCK }, (node) =>
        node.stateUpdate(7),
      );
      expect(read.stateDiff.migratedCompiledClasses).toEqual(
        migrated === undefined ? [] : [{ classHash: 1n, compiledClassHash: 2n }],
      );
      expect(read.stateDiff.storageDiffs).toEqual([{ address: 5n, entries: [{ key: 6n, value: 0n }] }]);
      expect(read.oldRoot).toBe(0x21n);
    }
  });

  it.each([
    ['result.block_hash', { ...UPDATE, block_hash: '0xdef' }],
    ['result.new_root', { ...UPDATE, new_root: '0x23' }],
    ['result', { ...UPDATE, old_root: undefined }],
    ['result', { ...UPDATE, state_diff: { ...EMPTY_DIFF, nonces: [{ contract_address: '0x5', nonce: 'x' }] } }],
    ['result', null],
  ])('refuses what is wrong at %s', async (field, update) => {
    const error = await failureOf(
      ask({ starknet_getStateUpdate: update, starknet_getBlockWithTxHashes: BLOCK }, (node) => node.stateUpdate(7)),
    );
    expect([error.code, error.context.field]).toEqual(['NODE_ANSWER_INVALID', field]);
  });

  it('refuses one of a block that is not final', async () => {
    const { block_hash: _, new_root: __, ...pending } = UPDATE;
    const error = await failureOf(
      ask({ starknet_getStateUpdate: pending, starknet_getBlockWithTxHashes: BLOCK }, (node) => node.stateUpdate(7)),
    );
    expect(error.code).toBe('BLOCK_NOT_FOUND');
  });
});

describe('messages', () => {
  it('reads both directions in the order of the transactions', async () => {
    const sent = { from_address: '0x5', to_address: '0x6', payload: ['0x7', '0x8'] };
    const handler = {
      type: 'L1_HANDLER',
      version: '0x0',
      nonce: '0x19500e',
      contract_address: '0x9',
      entry_point_selector: '0xa',
      calldata: ['0xb', '0xc'],
    };
    const block = {
      ...BLOCK,
      transactions: [
        {
          transaction: { type: 'INVOKE', version: '0x3' },
          receipt: { ...RECEIPT, messages_sent: [sent, { ...sent, payload: [] }] },
        },
        { transaction: handler, receipt: { ...RECEIPT, execution_status: 'REVERTED', messages_sent: [] } },
      ],
    };
    expect(await ask({ starknet_getBlockWithReceipts: block }, (node) => node.blockMessages(7))).toEqual({
      toL1: [
        { from: 5n, to: 6n, payload: [7n, 8n] },
        { from: 5n, to: 6n, payload: [] },
      ],
      toL2: [{ from: 0xbn, to: 9n, nonce: 0x19500en, selector: 0xan, payload: [0xcn] }],
      assumed: false,
    });

    const broken = { ...block, transactions: [{ transaction: { ...handler, calldata: [] }, receipt: RECEIPT }] };
    const error = await failureOf(ask({ starknet_getBlockWithReceipts: broken }, (node) => node.blockMessages(7)));
    expect(error.context.field).toBe('transactions[0].transaction.calldata');
    const noReceipt = { ...block, transactions: [{ transaction: handler }] };
    expect(
      (await failureOf(ask({ starknet_getBlockWithReceipts: noReceipt }, (node) => node.blockMessages(7)))).context
        .field,
    ).toBe('result.transactions[0].receipt');
  });

  it('assumes none where the method is missing, and says so once', async () => {
    await using server = await nodeAnswering({});
    const options = clientOptions(server.url);
    const node = new JsonRpcStarknetNode(options);
    for (let i = 0; i < 3; i++) expect(await node.blockMessages(7)).toEqual({ toL1: [], toL2: [], assumed: true });
    expect(options.log.lines.filter((line) => line.startsWith('warn'))).toHaveLength(1);
  });
});

describe('look-ups at a block', () => {
  it('asks by name, with block, address and key', async () => {
    await using server = await nodeAnswering({
      starknet_getStorageAt: '0x2a',
      starknet_getNonce: '0x3',
      starknet_getClassHashAt: '0x4',
    });
    const node = new JsonRpcStarknetNode(clientOptions(server.url));
    expect(await node.storage(6, [{ address: 1n, key: 2n }])).toEqual([42n]);
    expect(await node.nonces(6, [1n, 2n])).toEqual([3n, 3n]);
    expect(await node.classHashes(6, [1n])).toEqual([4n]);
    expect(await node.nonces(6, [])).toEqual([]);
    expect(server.bodies[0]).toMatchObject({
      params: { block_id: { block_number: 6 }, contract_address: '0x1', key: '0x2' },
    });
  });

  it('a contract that does not exist: no storage, no class, but no nonce either', async () => {
    const absent = {
      starknet_getStorageAt: { refuse: 20 },
      starknet_getNonce: { refuse: 20 },
      starknet_getClassHashAt: { refuse: 20 },
    };
    expect(await ask(absent, (node) => node.storage(6, [{ address: 1n, key: 2n }]))).toEqual([0n]);
    expect(await ask(absent, (node) => node.classHashes(6, [1n, 2n]))).toEqual([undefined, undefined]);
    expect((await failureOf(ask(absent, (node) => node.nonces(6, [1n])))).context.rpcCode).toBe(20);
  });

  it('an unknown block is BLOCK_NOT_FOUND, a bad value is named', async () => {
    expect((await failureOf(ask({ starknet_getNonce: { refuse: 24 } }, (node) => node.nonces(6, [1n, 2n])))).code).toBe(
      'BLOCK_NOT_FOUND',
    );
    const error = await failureOf(ask({ starknet_getNonce: '10fc' }, (node) => node.nonces(6, [1n])));
    expect([error.code, error.context.field]).toEqual(['NODE_ANSWER_INVALID', 'result of call 0']);
  });
});

describe('a node that refuses positional parameters', () => {
  it('is never sent any', async () => {
    await using server = await scriptedServer((body, response) => {
      const one = (call: Call) =>
        Array.isArray(call.params) ? failure(call, -32602, 'Invalid params') : result(call, '0x1');
      sendJson(response, Array.isArray(body) ? body.map(one) : one(body));
    });
    const node = new JsonRpcStarknetNode(clientOptions(server.url));
    expect([
      await node.chainId(),
      ...(await node.nonces(1, [1n, 2n])),
      ...(await node.storage(1, [{ address: 1n, key: 1n }])),
    ]).toEqual([1n, 1n, 1n, 1n]);
  });
});
