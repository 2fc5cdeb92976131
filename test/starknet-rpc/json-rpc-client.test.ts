import { describe, expect, it } from '@jest/globals';
import { JsonRpcClient } from '../../src/starknet/rpc/json-rpc-client.ts';
import { rpcCodeOf } from '../../src/starknet/rpc/node-errors.ts';
import { parseRpcEndpoint } from '../../src/starknet/rpc/rpc-endpoint.ts';
import { clientOptions, failureOf, InstantClock, NOW } from './instant-time.ts';
import { type Call, failure, result, scriptedServer, sendJson } from './scripted-server.ts';

const squares = (count: number) => Array.from({ length: count }, (_, n) => ({ n }));
const square = (call: Call) => result(call, ((call.params as { n: number }).n ?? 0) ** 2);

describe('calls', () => {
  it('sends parameters by name and returns the result', async () => {
    await using server = await scriptedServer((body, response) => sendJson(response, result(body, '0x1')));
    const client = new JsonRpcClient(clientOptions(server.url));
    expect(await client.call('starknet_getNonce', { contract_address: '0x5' })).toBe('0x1');
    expect(server.bodies).toEqual([
      { jsonrpc: '2.0', id: 1, method: 'starknet_getNonce', params: { contract_address: '0x5' } },
    ]);
  });

  it('gives back the code of a refusal, also one with an HTTP error status', async () => {
    await using server = await scriptedServer((body, response, n) =>
      sendJson(response, failure(body, 24, 'Block not found'), n === 1 ? 200 : 500),
    );
    const client = new JsonRpcClient(clientOptions(server.url));
    for (let i = 0; i < 2; i++) {
      const error = await failureOf(client.call('m'));
      expect({ code: error.code, retry: error.retry, rpc: rpcCodeOf(error) }).toEqual({
        code: 'NODE_ERROR',
        retry: 'permanent',
        rpc: 24,
      });
    }
    expect(server.bodies).toHaveLength(2);
  });
});

describe('a node in trouble', () => {
  const trouble: [
    string,
    (body: Call | Call[], response: Parameters<Parameters<typeof scriptedServer>[0]>[1]) => void,
    string,
    string,
    RegExp,
  ][] = [
    [
      'an HTML page with status 200',
      (_, response) => response.end('<html>sign in</html>'),
      'NODE_UNREACHABLE',
      'dependency-down',
      /web page/,
    ],
    [
      'HTTP 502 with HTML',
      (_, response) => response.writeHead(502).end('<html>'),
      'NODE_UNREACHABLE',
      'dependency-down',
      /HTTP 502/,
    ],
    [
      'HTTP 404',
      (_, response) => response.writeHead(404).end('not here'),
      'NODE_UNREACHABLE',
      'dependency-down',
      /HTTP 404/,
    ],
    [
      'a redirect',
      (_, response) => response.writeHead(301, { location: 'http://127.0.0.1:1/' }).end(),
      'NODE_UNREACHABLE',
      'dependency-down',
      /redirects/,
    ],
    [
      'a closed connection',
      (_, response) => response.destroy(),
      'NODE_UNREACHABLE',
      'dependency-down',
      /cannot be reached/,
    ],
    [
      'JSON that was cut short',
      (_, response) => response.end('{"jsonrpc":"2.0","id":1,"resu'),
      'NODE_ANSWER_INVALID',
      'transient',
      /cut short/,
    ],
    [
      'another id',
      (_, response) => sendJson(response, { jsonrpc: '2.0', id: 77, result: 1 }),
      'NODE_ANSWER_INVALID',
      'transient',
      /at id: it is 77/,
    ],
    [
      'neither result nor error',
      (body, response) => sendJson(response, { jsonrpc: '2.0', id: (body as Call).id }),
      'NODE_ANSWER_INVALID',
      'transient',
      /neither/,
    ],
    [
      'an array for a single call',
      (body, response) => sendJson(response, [result(body, 1)]),
      'NODE_ANSWER_INVALID',
      'transient',
      /not a JSON-RPC answer/,
    ],
    [
      'an internal error',
      (body, response) => sendJson(response, failure(body, -32603)),
      'NODE_ERROR',
      'transient',
      /-32603/,
    ],
  ];

  it.each(trouble)('%s: tried three times, then classified', async (_name, respond, code, retry, message) => {
    let id = 0;
    await using server = await scriptedServer((body, response) => {
      id = (body as Call).id;
      respond(body, response);
    });
    const options = clientOptions(server.url);
    const error = await failureOf(new JsonRpcClient(options).call('m'));
    expect([error.code, error.retry]).toEqual([code, retry]);
    expect(error.message).toMatch(message);
    expect(id).toBe(3);
    expect(options.clock.sleeps).toEqual([100, 200]);
    if (retry === 'dependency-down') expect(error.dependency).toBe('starknet-node');
  });

  it('recovers when a later try succeeds', async () => {
    await using server = await scriptedServer((body, response, n) =>
      n < 3 ? response.writeHead(503).end() : sendJson(response, result(body, 7)),
    );
    expect(await new JsonRpcClient(clientOptions(server.url)).call('m')).toBe(7);
  });

  it('a hanging node is given up after the time-out', async () => {
    await using server = await scriptedServer(() => undefined);
    const error = await failureOf(
      new JsonRpcClient({ ...clientOptions(server.url), timeoutMs: 50, attempts: 1 }).call('m'),
    );
    expect([error.code, error.retry]).toEqual(['NODE_UNREACHABLE', 'dependency-down']);
    expect(error.message).toMatch(/within 50 ms/);
  });

  it('a node that hangs in the middle of its answer too', async () => {
    await using server = await scriptedServer((_, response) => void response.writeHead(200).write('{"jsonrpc":'));
    const error = await failureOf(
      new JsonRpcClient({ ...clientOptions(server.url), timeoutMs: 50, attempts: 1 }).call('m'),
    );
    expect(error.message).toMatch(/within 50 ms/);
  });

  it('nobody listening', async () => {
    const server = await scriptedServer(() => undefined);
    await server[Symbol.asyncDispose]();
    const error = await failureOf(new JsonRpcClient(clientOptions(server.url)).call('m'));
    expect([error.code, error.retry]).toEqual(['NODE_UNREACHABLE', 'dependency-down']);
    expect(error.message).toMatch(/ECONNREFUSED/);
  });

  it('stops with the reason of the caller when the signal fires', async () => {
    const stop = new AbortController();
    await using server = await scriptedServer(() => stop.abort(new Error('shutting down')));
    await expect(new JsonRpcClient({ ...clientOptions(server.url), signal: stop.signal }).call('m')).rejects.toThrow(
      'shutting down',
    );
    expect(server.bodies).toHaveLength(1);
  });
});

describe('rate limits', () => {
  it('waits as long as Retry-After says, in seconds or as a date', async () => {
    await using server = await scriptedServer((body, response, n) => {
      if (n === 1) response.writeHead(429, { 'retry-after': '2' }).end();
      else if (n === 2) response.writeHead(429, { 'retry-after': new Date(NOW + 3000).toUTCString() }).end();
      else sendJson(response, result(body, 1));
    });
    const options = clientOptions(server.url);
    expect(await new JsonRpcClient(options).call('m')).toBe(1);
    expect(options.clock.sleeps).toEqual([2000, 3000]);
  });

  it('hands a long pause up instead of sleeping through it', async () => {
    await using server = await scriptedServer((_, response) => response.writeHead(429, { 'retry-after': '60' }).end());
    const options = clientOptions(server.url);
    const error = await failureOf(new JsonRpcClient(options).call('m'));
    expect([error.code, error.retry, error.retryAfterMs]).toEqual(['NODE_RATE_LIMITED', 'rate-limited', 60_000]);
    expect(options.clock.sleeps).toEqual([]);
  });

  it('knows the limit codes in JSON-RPC errors', async () => {
    await using server = await scriptedServer((body, response) => sendJson(response, failure(body, -32005)));
    expect((await failureOf(new JsonRpcClient(clientOptions(server.url)).call('m'))).retry).toBe('rate-limited');
  });
});

describe('batches', () => {
  it('sends chunks of 100 and takes the answers in any order', async () => {
    await using server = await scriptedServer((body, response) =>
      sendJson(response, (body as Call[]).map(square).reverse()),
    );
    const outcomes = await new JsonRpcClient(clientOptions(server.url)).callEach('square', squares(250));
    expect(outcomes).toEqual(squares(250).map(({ n }) => ({ ok: true, result: n * n })));
    expect(server.bodies.map((body) => (body as Call[]).length).sort()).toEqual([100, 100, 50]);
  });

  it('asks again only for the calls that failed in passing', async () => {
    await using server = await scriptedServer((body, response, n) =>
      sendJson(
        response,
        [body].flat().map((call, index) => (n === 1 && index === 1 ? failure(call, -32603) : square(call))),
        200,
      ),
    );
    const options = { ...clientOptions(server.url) };
    // The second exchange has one call left, which goes as a single call and must be answered as one.
    await using single = await scriptedServer((body, response) => sendJson(response, square(body as Call)));
    expect(await new JsonRpcClient({ ...options, url: single.url }).callEach('square', squares(1))).toEqual([
      { ok: true, result: 0 },
    ]);
    const outcomes = await failureOf(new JsonRpcClient(options).callEach('square', squares(3)));
    expect(outcomes.message).toMatch(/not a JSON-RPC answer/);
    expect(server.bodies.map((body) => [body].flat().map((call) => (call.params as { n: number }).n))).toEqual([
      [0, 1, 2],
      [1],
      [1],
    ]);
  });

  it('keeps refusals apart from results', async () => {
    await using server = await scriptedServer((body, response) =>
      sendJson(
        response,
        (body as Call[]).map((call, index) => (index === 0 ? failure(call, 20, 'Contract not found') : square(call))),
      ),
    );
    const [first, second] = await new JsonRpcClient(clientOptions(server.url)).callEach('square', squares(2));
    expect(first?.ok === false && rpcCodeOf(first.error)).toBe(20);
    expect(second).toEqual({ ok: true, result: 1 });
  });

  const refusals: [
    string,
    (body: Call | Call[], response: Parameters<Parameters<typeof scriptedServer>[0]>[1]) => void,
  ][] = [
    [
      'an error object',
      (body, response) => sendJson(response, failure(body, -32600, 'batch requests are not supported')),
    ],
    ['HTTP 400', (_, response) => response.writeHead(400).end('bad request')],
    ['HTTP 404 with a page', (_, response) => response.writeHead(404).end('<html>not here</html>')],
  ];
  it.each(refusals)(
    'falls back to single calls when a node refuses batches with %s, and remembers',
    async (_name, refuse) => {
      await using server = await scriptedServer((body, response) =>
        Array.isArray(body) ? refuse(body, response) : sendJson(response, square(body)),
      );
      const options = clientOptions(server.url);
      const client = new JsonRpcClient(options);
      for (let round = 0; round < 2; round++) {
        expect(await client.callEach('square', squares(5))).toEqual(
          squares(5).map(({ n }) => ({ ok: true, result: n * n })),
        );
      }
      expect(server.bodies.filter(Array.isArray)).toHaveLength(1);
      expect(options.log.lines.filter((line) => line.includes('no JSON-RPC batches'))).toHaveLength(1);
    },
  );

  const sizes = (bodies: readonly (Call | Call[])[]) => bodies.map((body) => (Array.isArray(body) ? body.length : 1));
  const answered = (count: number) => squares(count).map(({ n }) => ({ ok: true, result: n * n }));

  it('an error of a moment for a whole batch is repeated and is no refusal of batches', async () => {
    await using server = await scriptedServer((body, response, n) =>
      sendJson(response, n === 1 ? failure(body, -32603) : (body as Call[]).map(square)),
    );
    const client = new JsonRpcClient(clientOptions(server.url));
    expect(await client.callEach('square', squares(5))).toEqual(answered(5));
    expect(await client.callEach('square', squares(5))).toEqual(answered(5));
    expect(sizes(server.bodies)).toEqual([5, 5, 5]);
  });

  it('a node that always answers a batch with such an error is asked one by one in the end', async () => {
    await using server = await scriptedServer((body, response) =>
      sendJson(response, Array.isArray(body) ? failure(body, -32000, 'no batches') : square(body)),
    );
    const client = new JsonRpcClient(clientOptions(server.url));
    expect(await client.callEach('square', squares(2))).toEqual(answered(2));
    expect(await client.callEach('square', squares(2))).toEqual(answered(2));
    expect(sizes(server.bodies)).toEqual([2, 2, 2, 1, 1, 1, 1]);
  });

  it('tries a batch again five minutes after a refusal', async () => {
    let refusing = true;
    await using server = await scriptedServer((body, response) => {
      if (!Array.isArray(body)) sendJson(response, square(body));
      else if (refusing) response.writeHead(400).end('bad request');
      else sendJson(response, body.map(square));
    });
    const options = clientOptions(server.url);
    const client = new JsonRpcClient(options);
    await client.callEach('square', squares(2));
    refusing = false;
    options.clock.passed = 5 * 60_000 - 1;
    await client.callEach('square', squares(2));
    expect(sizes(server.bodies)).toEqual([2, 1, 1, 1, 1]);
    options.clock.passed = 5 * 60_000;
    expect(await client.callEach('square', squares(2))).toEqual(answered(2));
    expect(sizes(server.bodies)).toEqual([2, 1, 1, 1, 1, 2]);
  });

  it('a node that refuses single calls as well is in trouble, which says nothing about batches', async () => {
    let down = true;
    await using server = await scriptedServer((body, response) => {
      if (down) response.writeHead(404).end('not here');
      else sendJson(response, Array.isArray(body) ? body.map(square) : square(body));
    });
    const client = new JsonRpcClient(clientOptions(server.url));
    expect((await failureOf(client.callEach('square', squares(3)))).code).toBe('NODE_UNREACHABLE');
    down = false;
    expect(await client.callEach('square', squares(3))).toEqual(answered(3));
    expect(server.bodies.at(-1)).toHaveLength(3);
  });

  it('halves a batch that is too large, and remembers for five minutes how much was taken', async () => {
    await using server = await scriptedServer((body, response) => {
      if (!Array.isArray(body)) sendJson(response, square(body));
      else if (body.length > 3) response.writeHead(413).end('<html>too large</html>');
      else sendJson(response, body.map(square));
    });
    const options = clientOptions(server.url);
    const client = new JsonRpcClient(options);
    expect(await client.callEach('square', squares(10))).toEqual(answered(10));
    expect(sizes(server.bodies)).toEqual([10, 5, 3, 2, 3, 2]);
    expect(await client.callEach('square', squares(4))).toEqual(answered(4));
    expect(sizes(server.bodies).slice(6)).toEqual([3, 1]);
    options.clock.passed = 5 * 60_000;
    expect(await client.callEach('square', squares(4))).toEqual(answered(4));
    expect(sizes(server.bodies).slice(8)).toEqual([4, 2, 2]);
  });

  it('a node for which two calls are too large gets one at a time', async () => {
    await using server = await scriptedServer((body, response) =>
      Array.isArray(body) ? response.writeHead(413).end() : sendJson(response, square(body)),
    );
    expect(await new JsonRpcClient(clientOptions(server.url)).callEach('square', squares(4))).toEqual(answered(4));
    expect(sizes(server.bodies)).toEqual([4, 2, 1, 1, 1, 1]);
  });

  it('refuses a batch answer that leaves a call out', async () => {
    await using server = await scriptedServer((body, response) =>
      sendJson(response, (body as Call[]).slice(1).map(square)),
    );
    const error = await failureOf(new JsonRpcClient(clientOptions(server.url)).callEach('square', squares(3)));
    expect([error.code, error.context.field]).toEqual(['NODE_ANSWER_INVALID', 'id']);
  });

  it('a rate limit on a batch is no refusal of batches', async () => {
    await using server = await scriptedServer((body, response, n) =>
      sendJson(response, n === 1 ? failure(body, -32005) : (body as Call[]).map(square)),
    );
    expect(await new JsonRpcClient(clientOptions(server.url)).callEach('square', squares(2))).toHaveLength(2);
    expect(server.bodies.every(Array.isArray)).toBe(true);
  });
});

describe('the address of a node', () => {
  it('is used as given, with user and password as a header', async () => {
    await using server = await scriptedServer((body, response) => sendJson(response, result(body, 1)));
    const url = server.url.replace('http://', 'http://me:p%40ss@');
    await new JsonRpcClient(clientOptions(`${url}/rpc/v0_9?key=secret`)).call('m');
    expect(server.authorization).toEqual([`Basic ${Buffer.from('me:p@ss').toString('base64')}`]);
    expect(parseRpcEndpoint('https://node.example/rpc/v0_9?key=secret', 'Starknet').url).toBe(
      'https://node.example/rpc/v0_9?key=secret',
    );
  });

  it('never shows more than its host', async () => {
    await using server = await scriptedServer((_, response) => response.writeHead(500).end());
    const url = `${server.url.replace('http://', 'http://me:hunter2@')}/v3/0123456789abcdef?key=topsecret`;
    const errors = [
      await failureOf(new JsonRpcClient(clientOptions(url)).call('m')),
      await failureOf(
        (async () => new JsonRpcClient({ ...clientOptions('no url topsecret'), clock: new InstantClock() }))(),
      ),
    ];
    for (const error of errors) {
      const shown = [error.message, error.hint, JSON.stringify(error.context), String(error.cause)].join(' ');
      expect(shown).not.toMatch(/hunter2|0123456789abcdef|topsecret/);
    }
    expect(errors[1]?.code).toBe('CONFIG_INVALID');
  });
});
