import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { answerCall } from './chain-rpc.ts';
import { FAILURE, RpcFailure } from './rpc-failure.ts';
import type { ServedChain } from './served-chain.ts';

const MAX_BODY_BYTES = 16 * 1024 * 1024;

export interface ServedChainHandle {
  /** `http://127.0.0.1:<port>` */
  readonly url: string;
  readonly port: number;
  /** Ends open connections too. */
  close(): Promise<void>;
}

/**
 * Serves a chain as a Starknet node does: JSON-RPC 2.0 over HTTP, single calls and batches, parameters by name or by
 * position, on every path (so that addresses with `/rpc/v0_9` work). On the loopback interface, unless another `host` to listen on is given.
 */
export async function serveChain(
  chain: ServedChain,
  options: { readonly port?: number; readonly host?: string } = {},
): Promise<ServedChainHandle> {
  const server = createServer((request, response) => {
    handle(chain, request, response).catch((error: unknown) => {
      response.destroy(error instanceof Error ? error : new Error(String(error)));
    });
  });
  await listen(server, options.port ?? 0, options.host ?? '127.0.0.1');
  const { port } = server.address() as AddressInfo;
  return { url: `http://127.0.0.1:${port}`, port, close: () => close(server) };
}

async function handle(chain: ServedChain, request: IncomingMessage, response: ServerResponse): Promise<void> {
  if (request.method !== 'POST') return send(response, 405, { error: 'Send JSON-RPC calls with POST' });
  const body = await readBody(request);
  if (body === undefined)
    return send(response, 413, failure(null, new RpcFailure(FAILURE.invalidRequest, 'Request too large')));
  const answer = answerBody(chain, body);
  return answer === undefined ? send(response, 204, undefined) : send(response, 200, answer);
}

/** Undefined when nothing is to be answered, as for notifications. */
function answerBody(chain: ServedChain, body: string): unknown {
  let document: unknown;
  try {
    document = JSON.parse(body);
  } catch {
    return failure(null, new RpcFailure(FAILURE.parse, 'Parse error'));
  }
  if (!Array.isArray(document)) return answerOne(chain, document);
  if (document.length === 0)
    return failure(null, new RpcFailure(FAILURE.invalidRequest, 'Invalid request: empty batch'));
  const answers = document.map((each) => answerOne(chain, each)).filter((answer) => answer !== undefined);
  return answers.length === 0 ? undefined : answers;
}

function answerOne(chain: ServedChain, call: unknown): object | undefined {
  if (typeof call !== 'object' || call === null || !('method' in call) || typeof call.method !== 'string') {
    return failure(null, new RpcFailure(FAILURE.invalidRequest, 'Invalid request'));
  }
  const id = 'id' in call ? call.id : undefined;
  try {
    const result = answerCall(chain, call.method, 'params' in call ? call.params : undefined);
    return id === undefined ? undefined : { jsonrpc: '2.0', id, result };
  } catch (error) {
    return id === undefined ? undefined : failure(id, error);
  }
}

function failure(id: unknown, error: unknown): object {
  const { code, message } =
    error instanceof RpcFailure
      ? error
      : { code: FAILURE.internal, message: error instanceof Error ? error.message : String(error) };
  return { jsonrpc: '2.0', id, error: { code, message } };
}

async function readBody(request: IncomingMessage): Promise<string | undefined> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request) {
    const bytes = chunk as Buffer;
    size += bytes.length;
    if (size > MAX_BODY_BYTES) return undefined;
    chunks.push(bytes);
  }
  return Buffer.concat(chunks).toString('utf8');
}

function send(response: ServerResponse, status: number, body: unknown): void {
  if (body === undefined) {
    response.writeHead(status).end();
    return;
  }
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
}

function listen(server: Server, port: number, host: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => {
      server.off('error', reject);
      resolve();
    });
  });
}

function close(server: Server): Promise<void> {
  return new Promise((resolve, reject) => {
    server.close((error) => (error === undefined ? resolve() : reject(error)));
    server.closeAllConnections();
  });
}
