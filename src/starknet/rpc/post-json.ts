import { networkReason } from './network-reason.ts';
import { nodeAnswerInvalid, nodeRateLimited, nodeUnreachable } from './node-errors.ts';
import type { RpcEndpoint } from './rpc-endpoint.ts';

export interface PostOptions {
  /** Bounds the whole exchange, the body included. */
  readonly timeoutMs: number;
  /** Unix milliseconds, for a Retry-After that is a date. */
  readonly now: () => number;
  readonly signal?: AbortSignal | undefined;
  /** Most bytes of an answer, once unpacked. Default 128 MiB: far above a full block's, far below what memory bears. */
  readonly maxBytes?: number;
}

const MAX_BYTES = 128 * 1024 * 1024;

/**
 * One POST of a JSON document, answered by a JSON document. A body that is a JSON-RPC answer counts whatever its HTTP
 * status, since some nodes send errors with 4xx or 5xx.
 *
 * @throws OrchestratorError NODE_UNREACHABLE, NODE_RATE_LIMITED or NODE_ANSWER_INVALID; the reason of `signal` once it fired
 */
export async function postJson(endpoint: RpcEndpoint, body: unknown, options: PostOptions): Promise<unknown> {
  const { host } = endpoint;
  const { maxBytes = MAX_BYTES } = options;
  const timeout = AbortSignal.timeout(options.timeoutMs);
  const signal = options.signal === undefined ? timeout : AbortSignal.any([timeout, options.signal]);

  let response: Response;
  let text: string | undefined;
  try {
    response = await fetch(endpoint.url, {
      method: 'POST',
      headers: endpoint.headers,
      body: JSON.stringify(body),
      redirect: 'manual',
      signal,
    });
    text = await textOf(response, maxBytes);
  } catch (error) {
    options.signal?.throwIfAborted();
    if (timeout.aborted) throw nodeUnreachable(host, `did not answer within ${options.timeoutMs} ms`);
    throw nodeUnreachable(host, `cannot be reached: ${networkReason(error)}`, { cause: error });
  }

  if (text === undefined) throw nodeAnswerInvalid(host, 'a request', 'the body', `it is longer than ${maxBytes} bytes`);
  if (response.status === 429)
    throw nodeRateLimited(host, retryAfterMs(response.headers.get('retry-after'), options.now()));
  const document = parseJson(text);
  if (response.ok ? document !== undefined : isRpcAnswer(document)) return document;
  if (response.ok && !looksLikePage(text))
    throw nodeAnswerInvalid(host, 'a request', 'the body', 'it is not JSON, or was cut short');
  throw nodeUnreachable(host, describeStatus(response, text), { status: response.status, hint: hintFor(response) });
}

/** The body, or undefined when it is longer than allowed; what is left of it is not read then. */
async function textOf(response: Response, maxBytes: number): Promise<string | undefined> {
  const pieces: Uint8Array[] = [];
  let size = 0;
  // Leaving the loop early cancels the body.
  for await (const piece of response.body ?? []) {
    size += piece.length;
    if (size > maxBytes) return undefined;
    pieces.push(piece);
  }
  return new TextDecoder().decode(Buffer.concat(pieces, size));
}

function describeStatus(response: Response, text: string): string {
  if (response.ok) return 'answered with a web page instead of JSON';
  if (response.status >= 300 && response.status < 400) return `redirects elsewhere (HTTP ${response.status})`;
  return `answered HTTP ${response.status}${looksLikePage(text) ? ' with a web page' : ''}`;
}

function hintFor(response: Response): string {
  if (response.status === 401 || response.status === 403) return 'Check the key in the address of the node.';
  if (response.status >= 500)
    return 'The node or the proxy before it is in trouble; nothing is lost, it is asked again.';
  return 'Check that the address is that of the JSON-RPC service, with its path.';
}

/** Seconds or an HTTP date (RFC 9110, 10.2.3); undefined when the header is absent or unreadable. */
function retryAfterMs(header: string | null, now: number): number | undefined {
  if (header === null) return undefined;
  if (/^\d{1,9}$/.test(header.trim())) return Number(header) * 1000;
  const date = Date.parse(header);
  return Number.isNaN(date) ? undefined : Math.max(0, date - now);
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function isRpcAnswer(document: unknown): boolean {
  if (Array.isArray(document)) return document.length > 0 && document.every(isRpcAnswer);
  return typeof document === 'object' && document !== null && 'jsonrpc' in document;
}

function looksLikePage(text: string): boolean {
  return text.trimStart().startsWith('<');
}
