import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface Call {
  readonly jsonrpc: string;
  readonly id: number;
  readonly method: string;
  readonly params: Record<string, unknown> | readonly unknown[];
}

export interface ScriptedServer {
  readonly url: string;
  /** Bodies that came in, in order. */
  readonly bodies: (Call | Call[])[];
  readonly authorization: (string | undefined)[];
  [Symbol.asyncDispose](): Promise<void>;
}

/** Real HTTP server whose answer to the n-th request (from 1) is the test's business, misbehaviour included. */
export async function scriptedServer(
  respond: (body: Call | Call[], response: ServerResponse, n: number) => void,
): Promise<ScriptedServer> {
  const bodies: (Call | Call[])[] = [];
  const authorization: (string | undefined)[] = [];
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const body = JSON.parse(Buffer.concat(chunks).toString('utf8')) as Call | Call[];
      authorization.push(request.headers.authorization);
      respond(body, response, bodies.push(body));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    bodies,
    authorization,
    [Symbol.asyncDispose]: () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

export function sendJson(response: ServerResponse, document: unknown, status = 200): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(document));
}

export function result(call: Call | Call[], value: unknown): object {
  return { jsonrpc: '2.0', id: Array.isArray(call) ? null : call.id, result: value };
}

export function failure(call: Call | Call[], code: number, message = 'refused'): object {
  return { jsonrpc: '2.0', id: Array.isArray(call) ? null : call.id, error: { code, message } };
}
