import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { Clock } from '../../src/clock/clock.ts';
import { EthereumRpcError, errorData } from '../../src/settlement/ethereum/rpc-error.ts';
import { RpcEthereumClient } from '../../src/settlement/ethereum/rpc-ethereum-client.ts';
import { failureOf } from './local-settlement.ts';

interface Call {
  readonly id: number;
  readonly method: string;
  readonly params: readonly unknown[];
}
type Behaviour = (call: Call, response: ServerResponse, request: IncomingMessage) => void;

let server: Server;
let calls: Call[];
let behaviours: Behaviour[];
let waits: number[];

beforeEach(async () => {
  calls = [];
  behaviours = [];
  waits = [];
  server = createServer((request, response) => {
    let body = '';
    request.on('data', (part) => {
      body += String(part);
    });
    request.on('end', () => {
      const call = JSON.parse(body) as Call;
      calls.push(call);
      // The last behaviour stays.
      const behaviour = behaviours.length > 1 ? behaviours.shift() : behaviours[0];
      behaviour?.(call, response, request);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
});
afterEach(async () => {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});

const answer =
  (result: unknown): Behaviour =>
  (call, response) =>
    response.end(JSON.stringify({ jsonrpc: '2.0', id: call.id, result }));
const error =
  (status: number, body: object): Behaviour =>
  (call, response) => {
    response.statusCode = status;
    response.end(JSON.stringify({ jsonrpc: '2.0', id: call.id, error: body }));
  };
const text =
  (status: number, body: string, headers: Record<string, string> = {}): Behaviour =>
  (_, response) => {
    response.writeHead(status, headers);
    response.end(body);
  };

/** Sleeps are noted, not slept. */
const clock: Clock = {
  now: () => Date.UTC(2025, 0, 1),
  sleep: async (ms, signal) => {
    signal?.throwIfAborted();
    waits.push(ms);
  },
  after: () => () => undefined,
};

const OPTIONS = { timeoutMs: 5_000, attempts: 3, retryDelayMs: 100 };

function client(timeoutMs = OPTIONS.timeoutMs, user = ''): RpcEthereumClient {
  const { port } = server.address() as AddressInfo;
  return new RpcEthereumClient({ ...OPTIONS, url: `http://${user}127.0.0.1:${port}/v2/secret-key`, clock, timeoutMs });
}

describe('an address with user and password', () => {
  it('is asked without them, and told them in a header', async () => {
    const asked: (string | undefined)[][] = [];
    behaviours = [
      (call, response, { url, headers }) => {
        asked.push([url, headers.authorization]);
        response.end(JSON.stringify({ jsonrpc: '2.0', id: call.id, result: '0x7a69' }));
      },
    ];
    expect(await client(undefined, 'm%C3%A9:p%40%3Ass@').chainId()).toBe(31_337);
    expect(asked).toEqual([['/v2/secret-key', `Basic ${Buffer.from('mé:p@:ss').toString('base64')}`]]);
  });

  it('is not shown when the node refuses them', async () => {
    behaviours = [text(401, 'who are you?')];
    const failure = await failureOf(client(undefined, 'somebody:hunter2@').chainId());
    expect(failure.message).toContain('HTTP 401');
    expect(`${failure.message} ${failure.hint} ${JSON.stringify(failure.context)} ${failure.stack}`).not.toMatch(
      /hunter2|somebody|secret-key/,
    );
  });

  it('is refused with a % that stands for nothing, without repeating it', () => {
    expect(() => client(undefined, 'somebody:hunter%2@')).toThrow(
      expect.objectContaining({
        code: 'CONFIG_INVALID',
        message: 'The address of the Ethereum node has a user or password with a % that is not written as %25',
      }),
    );
  });
});

describe('an Ethereum node that gives no usable answer', () => {
  it.each<[string, Behaviour, string]>([
    ['HTML with status 200', text(200, '<!DOCTYPE html><html><body>maintenance</body></html>'), 'HTML'],
    ['502 from a proxy', text(502, '<html>Bad gateway</html>'), 'HTTP 502'],
    ['an empty body', text(200, ''), 'an empty body'],
    ['bytes that are no JSON', text(200, '\u0000\u0001garbage'), 'not JSON'],
    ['403', text(403, 'forbidden'), 'HTTP 403'],
    ['a closed connection', (_, response) => response.destroy(), 'cannot be reached'],
  ])('%s: down, after three attempts', async (_, behaviour, words) => {
    behaviours = [behaviour];
    const failure = await failureOf(client().chainId());
    expect(failure).toMatchObject({
      code: 'SETTLEMENT_UNREACHABLE',
      retry: 'dependency-down',
      dependency: 'ethereum-node',
    });
    expect(failure.message).toContain(words);
    expect(`${failure.message} ${JSON.stringify(failure.context)} ${String(failure.cause)}`).not.toContain(
      'secret-key',
    );
    expect(calls).toHaveLength(3);
    expect(waits).toEqual([100, 200]);
  });

  it('a hang ends at the time-out', async () => {
    behaviours = [() => undefined];
    expect(await failureOf(client(50).chainId())).toMatchObject({
      code: 'SETTLEMENT_UNREACHABLE',
      message: expect.stringContaining('within 50 ms'),
    });
    expect(calls).toHaveLength(3);
  });

  it('a body that never ends is a hang', async () => {
    behaviours = [(_, response) => void response.write('{"jsonrpc":')];
    expect(await failureOf(client(50).chainId())).toMatchObject({ code: 'SETTLEMENT_UNREACHABLE' });
  });

  it('nobody listens', async () => {
    const { port } = server.address() as AddressInfo;
    await new Promise((resolve) => server.close(resolve));
    const deaf = new RpcEthereumClient({
      url: `http://127.0.0.1:${port}`,
      clock,
      timeoutMs: 1_000,
      attempts: 2,
      retryDelayMs: 1,
    });
    expect(await failureOf(deaf.chainId())).toMatchObject({
      code: 'SETTLEMENT_UNREACHABLE',
      message: expect.stringContaining('ECONNREFUSED'),
    });
  });

  it('a port that fetch does not connect to is named as the cause', async () => {
    const barred = new RpcEthereumClient({ ...OPTIONS, url: 'http://me:hunter2@127.0.0.1:1/secret-key', clock });
    const failure = await failureOf(barred.chainId());
    expect(failure.message).toBe('eth_chainId: the Ethereum node at 127.0.0.1:1 cannot be reached: bad port');
  });

  it.each<[string, Behaviour]>([
    ['JSON that is no JSON-RPC', text(200, '{"status":"ok"}')],
    ['a list', text(200, '[1,2]')],
    [
      'another request’s id',
      (call, response) => response.end(JSON.stringify({ jsonrpc: '2.0', id: call.id + 7, result: '0x1' })),
    ],
    ['a result of another kind', answer({ chain: 1 })],
    ['a number that is no hex', answer('31337')],
    ['a number that is too large', answer(`0x${'f'.repeat(20)}`)],
  ])('%s is an invalid answer', async (_, behaviour) => {
    behaviours = [behaviour];
    expect(await failureOf(client().chainId())).toMatchObject({
      code: 'SETTLEMENT_ANSWER_INVALID',
      retry: 'dependency-down',
    });
  });

  it('comes back: the answer after two failures counts', async () => {
    behaviours = [text(503, ''), text(200, '<html>'), answer('0x7a69')];
    expect(await client().chainId()).toBe(31337);
  });

  it('a transaction is never sent a second time by the client', async () => {
    behaviours = [text(503, '')];
    expect(await failureOf(client().sendRawTransaction(Uint8Array.of(3, 1)))).toMatchObject({
      code: 'SETTLEMENT_UNREACHABLE',
    });
    expect(calls).toMatchObject([{ method: 'eth_sendRawTransaction', params: ['0x0301'] }]);
  });

  it('an aborted signal ends the request with its reason', async () => {
    behaviours = [() => undefined];
    const stop = new AbortController();
    const pending = client().chainId(stop.signal);
    stop.abort(new Error('lease lost'));
    await expect(pending).rejects.toThrow('lease lost');
    await expect(client().chainId(stop.signal)).rejects.toThrow('lease lost');
  });
});

describe('an Ethereum node that asks for fewer requests', () => {
  it('is obeyed here when it is a matter of seconds', async () => {
    behaviours = [text(429, 'slow down', { 'retry-after': '1' }), answer('0x1')];
    expect(await client().chainId()).toBe(1);
    expect(waits).toEqual([1_000]);
  });

  it.each([
    ['seconds', '60', 60_000],
    ['a date', new Date(Date.UTC(2025, 0, 1, 0, 2)).toUTCString(), 120_000],
  ])('hands a longer wait on: %s', async (_, header, retryAfterMs) => {
    behaviours = [text(429, '', { 'retry-after': header })];
    expect(await failureOf(client().chainId())).toMatchObject({
      code: 'SETTLEMENT_RATE_LIMITED',
      retry: 'rate-limited',
      dependency: 'ethereum-node',
      retryAfterMs,
    });
    expect(calls).toHaveLength(1);
  });

  it('may say so in a JSON-RPC error', async () => {
    behaviours = [error(200, { code: -32005, message: 'Too Many Requests' })];
    expect(await failureOf(client().chainId())).toMatchObject({ code: 'SETTLEMENT_RATE_LIMITED' });
    expect(calls).toHaveLength(3);
  });
});

describe('JSON-RPC errors', () => {
  it('keep code, text and data, whatever the HTTP status is, and are not repeated', async () => {
    behaviours = [error(400, { code: 3, message: 'execution reverted: NO', data: '0x08c379a0' })];
    const failure = await failureOf(client().call({ to: `0x${'11'.repeat(20)}`, data: '0x' }, 'latest'));
    expect(failure).toBeInstanceOf(EthereumRpcError);
    expect(failure).toMatchObject({
      code: 'SETTLEMENT_ERROR',
      rpcCode: 3,
      rpcMessage: 'execution reverted: NO',
      data: '0x08c379a0',
      retry: 'transient',
    });
    expect(calls).toHaveLength(1);
  });

  it.each([
    'header not found',
    'header for hash not found',
    'hash is not currently canonical',
    'no backends available for method',
    'Unable to complete request at this time.',
  ])('about the node’s own state are its trouble: repeated, then down: %s', async (message) => {
    behaviours = [error(200, { code: -32000, message })];
    expect(await failureOf(client().block(5))).toMatchObject({ retry: 'dependency-down', dependency: 'ethereum-node' });
    expect(calls).toHaveLength(3);
  });

  it.each([500, 503])('with HTTP %s are trouble of the node whatever they say', async (status) => {
    behaviours = [error(status, { code: -32000, message: 'something went wrong' })];
    const failure = await failureOf(client().block(5));
    expect(failure).toBeInstanceOf(EthereumRpcError);
    expect(failure).toMatchObject({ retry: 'dependency-down', dependency: 'ethereum-node' });
    expect(calls).toHaveLength(3);
  });

  it.each([
    { code: 3, message: 'execution reverted: NO', data: '0x08c379a0' },
    { code: -32000, message: 'VM Exception while processing transaction: revert NO' },
    { code: -32601, message: 'the method does not exist' },
  ])('are about the request in spite of HTTP 500: $message', async (body) => {
    behaviours = [error(500, body)];
    const failure = await failureOf(client().call({ to: `0x${'11'.repeat(20)}`, data: '0x' }, 'latest'));
    expect(failure).toMatchObject({ rpcCode: body.code, rpcMessage: body.message, retry: 'transient' });
    expect(calls).toHaveLength(1);
  });

  it.each([
    ['plain', '0xABcd', '0xabcd'],
    ['prefixed', 'Reverted 0x08c379a0', '0x08c379a0'],
    ['nested', { data: { data: '0x01' } }, '0x01'],
    ['of an original error', { originalError: { data: '0x02' } }, '0x02'],
    ['absent', undefined, undefined],
    ['a number', 7, undefined],
    ['no hex', 'sorry', undefined],
  ])('have their data found: %s', (_, data, expected) => {
    expect(errorData(data)).toBe(expected);
  });
});

describe('operations', () => {
  it('null means not found', async () => {
    behaviours = [answer(null)];
    const hash = `0x${'ab'.repeat(32)}` as const;
    expect(await client().block('latest')).toBeUndefined();
    expect(await client().transaction(hash)).toBeUndefined();
    expect(await client().receipt(hash)).toBeUndefined();
  });

  it('a node without eth_blobBaseFee: the price follows from the header', async () => {
    behaviours = [
      error(200, { code: -32601, message: 'the method eth_blobBaseFee does not exist' }),
      answer({ excessBlobGas: `0x${(16n * 5_007_716n).toString(16)}` }), // sixteen times the update fraction of Prague
    ];
    expect(await client().blobBaseFee()).toBe(8_886_110n); // e^16 = 8,886,110.5
  });

  it('a node without blobs says so', async () => {
    behaviours = [error(200, { code: -32601, message: 'not found' }), answer({})];
    expect(await failureOf(client().blobBaseFee())).toMatchObject({ code: 'SETTLEMENT_ANSWER_INVALID' });
  });

  it('one block can be named by its hash', async () => {
    behaviours = [answer('0x')];
    const blockHash = `0x${'cd'.repeat(32)}` as const;
    await client().call(
      { to: `0x${'11'.repeat(20)}`, data: '0x1234', gas: 100n, blobVersionedHashes: [blockHash] },
      { blockHash },
    );
    expect(calls[0]?.params).toEqual([
      { to: `0x${'11'.repeat(20)}`, data: '0x1234', gas: '0x64', blobVersionedHashes: [blockHash] },
      { blockHash },
    ]);
  });
});
