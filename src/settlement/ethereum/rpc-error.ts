import type { Hex } from 'viem';
import { OrchestratorError } from '../../errors/orchestrator-error.ts';

export interface JsonRpcFailure {
  readonly method: string;
  /** JSON-RPC error code, for example -32000. */
  readonly code: number;
  /** Of the HTTP answer that carried it; left out where there was none. */
  readonly httpStatus?: number;
  readonly message: string;
  /** `error.data` as the node sent it. */
  readonly data?: unknown;
}

/**
 * The node understood the request and answered with a JSON-RPC error. What it means depends on the operation: a revert
 * (revert-reason.ts), a refused transaction (send-outcome.ts), a missing method.
 */
export class EthereumRpcError extends OrchestratorError {
  override readonly name = 'EthereumRpcError';
  readonly method: string;
  readonly rpcCode: number;
  readonly rpcMessage: string;
  readonly data: unknown;

  constructor(failure: JsonRpcFailure) {
    super(
      'SETTLEMENT_ERROR',
      `${failure.method}: the Ethereum node answered ${failure.code} ${shorten(failure.message)}`,
      {
        ...(isNodeTrouble(failure)
          ? { retry: 'dependency-down', dependency: 'ethereum-node' }
          : { retry: 'transient' }),
        context: { method: failure.method, rpcCode: failure.code },
      },
    );
    this.method = failure.method;
    this.rpcCode = failure.code;
    this.rpcMessage = failure.message;
    this.data = failure.data;
  }

  /** The node does not know the method (-32601, or one of the texts that some nodes send instead). */
  get isMethodMissing(): boolean {
    return (
      this.rpcCode === -32601 || /method.*(not found|not supported|does not exist|not available)/i.test(this.rpcMessage)
    );
  }
}

/** Hex data inside `error.data`, wherever the node put it: plain, prefixed by text, or nested under `data`. */
export function errorData(data: unknown): Hex | undefined {
  for (let value = data, depth = 0; depth < 4; depth++) {
    if (typeof value === 'string') {
      const hex = /0x(?:[0-9a-fA-F]{2})*(?![0-9a-fA-F])/.exec(value)?.[0];
      return hex === undefined ? undefined : (hex.toLowerCase() as Hex);
    }
    if (typeof value !== 'object' || value === null) return undefined;
    value = Reflect.get(value, 'data') ?? Reflect.get(value, 'originalError');
  }
  return undefined;
}

/**
 * The node's own trouble (behind its peers, a block it does not have yet or any more, an HTTP status of 5xx), not something
 * wrong with the request.
 */
function isNodeTrouble({ code, message, httpStatus = 200 }: JsonRpcFailure): boolean {
  if (code === 3 || code === -32601 || /revert/i.test(message)) return false;
  return code === -32603 || httpStatus >= 500 || TROUBLE.test(message);
}

/** In the words of geth and its kin, and of the proxies that providers put before them. */
const TROUBLE = new RegExp(
  [
    'header (for hash )?not found',
    'is not currently canonical',
    'unknown block',
    'block .*(not found|not be found|out of range)',
    'missing trie node',
    'state .*(not available|pruned)',
    'syncing',
    'time(d )?out',
    'internal (server )?error',
    'unavailable',
    'no backends? available',
    'unable to complete request',
  ].join('|'),
  'i',
);

function shorten(text: string): string {
  return text.length <= 300 ? text : `${text.slice(0, 300)}...`;
}
