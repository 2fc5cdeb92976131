import type { Clock } from '../../clock/clock.ts';
import { OrchestratorError } from '../../errors/orchestrator-error.ts';
import { networkReason } from '../../starknet/rpc/network-reason.ts';
import { parseRpcEndpoint, type RpcEndpoint } from '../../starknet/rpc/rpc-endpoint.ts';
import { EthereumRpcError } from './rpc-error.ts';

export interface JsonRpcHttpOptions {
  /** May carry a key, or user and password; only its host is ever shown. */
  readonly url: string;
  readonly clock: Clock;
  /** Of one request, answer included. */
  readonly timeoutMs: number;
  /** Of one idempotent request, the first included. */
  readonly attempts: number;
  /** Wait before the second attempt; doubles from there. */
  readonly retryDelayMs: number;
}

export const DEFAULT_JSON_RPC_HTTP = { timeoutMs: 10_000, attempts: 3, retryDelayMs: 250 } as const;

/** A longer Retry-After is not waited for here but handed to the caller, who can do something else meanwhile. */
const LONGEST_WAIT_MS = 2_000;

/**
 * JSON-RPC 2.0 over HTTP POST. Whatever is not a JSON-RPC answer (no connection, 5xx, HTML, a hang) means that the node
 * is down; 429 and the providers' own "slow down" codes are `rate-limited`; a JSON-RPC error is an EthereumRpcError, which
 * with a status of 5xx means "down" too unless it is about the request.
 */
export class JsonRpcHttp {
  readonly #options: JsonRpcHttpOptions;
  readonly #endpoint: RpcEndpoint;
  #nextId = 1;

  constructor(options: JsonRpcHttpOptions) {
    this.#options = options;
    this.#endpoint = parseRpcEndpoint(options.url, 'Ethereum');
  }

  /** The `result` member, with retries. For requests that may be repeated. */
  async read(method: string, params: readonly unknown[], signal?: AbortSignal): Promise<unknown> {
    for (let attempt = 1; ; attempt++) {
      try {
        return await this.once(method, params, signal);
      } catch (error) {
        const wait = waitBeforeRepeating(error, this.#options.retryDelayMs * 2 ** (attempt - 1));
        if (wait === undefined || attempt >= this.#options.attempts) throw error;
        await this.#options.clock.sleep(wait, signal);
      }
    }
  }

  /** The `result` member, without retries. */
  async once(method: string, params: readonly unknown[], signal?: AbortSignal): Promise<unknown> {
    signal?.throwIfAborted();
    const id = this.#nextId++;
    const timeout = AbortSignal.timeout(this.#options.timeoutMs);
    let response: Response;
    let text: string;
    try {
      response = await fetch(this.#endpoint.url, {
        method: 'POST',
        headers: this.#endpoint.headers,
        body: JSON.stringify({ jsonrpc: '2.0', id, method, params }),
        signal: signal === undefined ? timeout : AbortSignal.any([signal, timeout]),
      });
      text = await response.text();
    } catch (cause) {
      signal?.throwIfAborted();
      const what = timeout.aborted
        ? `did not answer within ${this.#options.timeoutMs} ms`
        : `cannot be reached: ${networkReason(cause)}`;
      throw this.#down(method, what);
    }
    return this.#resultOf(method, id, response, text);
  }

  #resultOf(method: string, id: number, response: Response, text: string): unknown {
    if (response.status === 429)
      throw this.#rateLimited(method, retryAfterMs(response.headers.get('retry-after'), this.#options.clock.now()));
    const answer = parsed(text);
    const error = answer?.error;
    // Some nodes send JSON-RPC errors, reverts among them, with a status of 4xx or 5xx: the body says more than the status.
    if (typeof error === 'object' && error !== null) throw this.#rpcError(method, error, response.status);
    if (!response.ok) throw this.#down(method, `answered HTTP ${response.status}`, hintFor(response.status));
    if (answer === undefined) throw this.#down(method, `answered with something that is not JSON (${kindOf(text)})`);
    if (answer.id !== id || !('result' in answer))
      throw this.#down(
        method,
        'answered with JSON that is not a JSON-RPC answer',
        undefined,
        'SETTLEMENT_ANSWER_INVALID',
      );
    return answer.result;
  }

  #rpcError(method: string, error: object, httpStatus: number): OrchestratorError {
    const code = Number(Reflect.get(error, 'code'));
    const message = String(Reflect.get(error, 'message') ?? 'without a message');
    // -32005 is "limit exceeded" (EIP-1474), -32029 and 429 are what providers use; geth's -32005 for log ranges names results.
    if (code === 429 || code === -32029 || /rate ?limit|too many requests|compute units|throughput/i.test(message))
      return this.#rateLimited(method, undefined);
    return new EthereumRpcError({
      method,
      code: Number.isFinite(code) ? code : 0,
      httpStatus,
      message,
      data: Reflect.get(error, 'data'),
    });
  }

  #rateLimited(method: string, retryAfter: number | undefined): OrchestratorError {
    return new OrchestratorError(
      'SETTLEMENT_RATE_LIMITED',
      `${method}: the Ethereum node at ${this.#endpoint.host} asks for fewer requests`,
      {
        retry: 'rate-limited',
        dependency: 'ethereum-node',
        context: { method, host: this.#endpoint.host },
        ...(retryAfter === undefined ? {} : { retryAfterMs: retryAfter }),
      },
    );
  }

  #down(
    method: string,
    what: string,
    hint?: string,
    code: 'SETTLEMENT_UNREACHABLE' | 'SETTLEMENT_ANSWER_INVALID' = 'SETTLEMENT_UNREACHABLE',
  ): OrchestratorError {
    return new OrchestratorError(code, `${method}: the Ethereum node at ${this.#endpoint.host} ${what}`, {
      retry: 'dependency-down',
      dependency: 'ethereum-node',
      context: { method, host: this.#endpoint.host },
      ...(hint === undefined ? {} : { hint }),
    });
  }
}

function waitBeforeRepeating(error: unknown, delayMs: number): number | undefined {
  if (!(error instanceof OrchestratorError)) return undefined;
  if (error.retry === 'dependency-down') return delayMs;
  if (error.retry !== 'rate-limited') return undefined;
  const wait = error.retryAfterMs ?? delayMs;
  return wait <= LONGEST_WAIT_MS ? wait : undefined;
}

/** Retry-After is a number of seconds or an HTTP date. */
function retryAfterMs(header: string | null, now: number): number | undefined {
  if (header === null) return undefined;
  if (/^\d+(\.\d+)?$/.test(header.trim())) return Math.ceil(Number(header) * 1000);
  const date = Date.parse(header);
  return Number.isNaN(date) ? undefined : Math.max(0, date - now);
}

function parsed(text: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? { ...value } : {};
  } catch {
    return undefined;
  }
}

function kindOf(text: string): string {
  if (/^\s*<(!doctype|html)/i.test(text)) return 'HTML';
  return text.trim() === '' ? 'an empty body' : `${text.length} characters`;
}

function hintFor(status: number): string | undefined {
  return status === 401 || status === 403 ? 'Check the key in the RPC URL.' : undefined;
}
