import { once } from 'node:events';
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from '@jest/globals';
import { postJson } from '../../src/starknet/rpc/post-json.ts';
import { parseRpcEndpoint } from '../../src/starknet/rpc/rpc-endpoint.ts';
import { failureOf, NOW } from './instant-time.ts';
import { scriptedServer } from './scripted-server.ts';

const MAX_BYTES = 1_000;
const post = (url: string) =>
  postJson(parseRpcEndpoint(url, 'Starknet'), {}, { timeoutMs: 10_000, now: () => NOW, maxBytes: MAX_BYTES });

/** A JSON text of so many bytes; its one letter takes two. */
const jsonOf = (bytes: number): string => `"${'é'.repeat((bytes - 2) / 2)}"`;

describe('the length of an answer', () => {
  it('may be all that is allowed', async () => {
    await using server = await scriptedServer((_, response) => response.end(jsonOf(MAX_BYTES)));
    expect(JSON.stringify(await post(server.url))).toBe(jsonOf(MAX_BYTES));
  });

  it('does not break letters that come in two pieces', async () => {
    await using server = await scriptedServer((_, response) => {
      const body = Buffer.from(jsonOf(MAX_BYTES));
      response.flushHeaders();
      response.write(body.subarray(0, 500), () => response.end(body.subarray(500)));
    });
    expect(JSON.stringify(await post(server.url))).toBe(jsonOf(MAX_BYTES));
  });

  it('is refused beyond that, and the rest of an answer without end is not read', async () => {
    const closed = Promise.withResolvers<void>();
    await using server = await scriptedServer((_, response) => {
      void once(response, 'close').then(() => closed.resolve());
      const more = (): void => {
        while (!response.destroyed && response.write(' '.repeat(64)));
        if (!response.destroyed) response.once('drain', more);
      };
      more();
    });
    const error = await failureOf(post(server.url));
    expect([error.code, error.retry]).toEqual(['NODE_ANSWER_INVALID', 'transient']);
    expect(error.message).toMatch(/longer than 1000 bytes/);
    await closed.promise;
  });

  it('is what a packed answer comes to', async () => {
    await using server = await scriptedServer((_, response) =>
      response.writeHead(200, { 'content-encoding': 'gzip' }).end(gzipSync(' '.repeat(1_000_000))),
    );
    expect((await failureOf(post(server.url))).message).toMatch(/longer than 1000 bytes/);
  });
});
