import { OrchestratorError } from '../../errors/orchestrator-error.ts';

/** Name under which the engine tracks whether Starknet nodes can be reached. */
const STARKNET_NODE = 'starknet-node';

/** Error codes of JSON-RPC 2.0 and of the Starknet specification that decide what we do. */
export const RPC_CODE = {
  invalidRequest: -32600,
  methodNotFound: -32601,
  internal: -32603,
  /** Used by several hosted nodes for "too many requests". */
  limitExceeded: -32005,
  contractNotFound: 20,
  blockNotFound: 24,
  noBlocks: 32,
  unexpected: 63,
} as const;

/** Transport failure, time-out, server error, a page instead of an answer: the node cannot be used for now. */
export function nodeUnreachable(
  host: string,
  what: string,
  details: { cause?: unknown; status?: number; hint?: string } = {},
): OrchestratorError {
  return new OrchestratorError('NODE_UNREACHABLE', `Starknet node ${host} ${what}`, {
    retry: 'dependency-down',
    dependency: STARKNET_NODE,
    context: { host, status: details.status },
    cause: details.cause,
    ...(details.hint === undefined ? {} : { hint: details.hint }),
  });
}

export function nodeRateLimited(host: string, retryAfterMs: number | undefined): OrchestratorError {
  return new OrchestratorError('NODE_RATE_LIMITED', `Starknet node ${host} refuses more requests for now`, {
    retry: 'rate-limited',
    dependency: STARKNET_NODE,
    context: { host },
    ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
    hint: 'Use a node with a higher request limit, or fewer concurrent jobs.',
  });
}

/**
 * An answer that breaks the specification. Transient: another node behind the same address, or the same one after a
 * restart, may answer rightly; the attempt limit of the job bounds it.
 */
export function nodeAnswerInvalid(
  host: string,
  method: string,
  field: string,
  problem: string,
  cause?: unknown,
): OrchestratorError {
  return new OrchestratorError(
    'NODE_ANSWER_INVALID',
    `Starknet node ${host}: the answer to ${method} is invalid at ${field}: ${problem}`,
    {
      retry: 'transient',
      context: { host, method, field },
      cause,
    },
  );
}

/** The block does not exist yet, or is not final yet; it may be soon. */
export function blockNotFound(host: string, block: number, why: string): OrchestratorError {
  return new OrchestratorError('BLOCK_NOT_FOUND', `Starknet node ${host}: block ${block} ${why}`, {
    retry: 'transient',
    context: { host, block },
  });
}

/** `error` member of a JSON-RPC answer as our error; {@link rpcCodeOf} gives its code back. */
export function nodeError(
  host: string,
  method: string,
  code: number,
  message: string,
  data: unknown,
): OrchestratorError {
  if (code === RPC_CODE.limitExceeded || code === 429) return nodeRateLimited(host, undefined);
  const serverSide = code === RPC_CODE.internal || code === RPC_CODE.unexpected || (code <= -32000 && code >= -32099);
  const detail = data === undefined || data === null ? '' : ` (${JSON.stringify(data).slice(0, 300)})`;
  return new OrchestratorError(
    'NODE_ERROR',
    `Starknet node ${host} refused ${method} with error ${code}: ${message.slice(0, 300)}${detail}`,
    {
      retry: serverSide ? 'transient' : 'permanent',
      context: { host, method, rpcCode: code },
    },
  );
}

/** JSON-RPC code of a refusal by the node; undefined for every other error. */
export function rpcCodeOf(error: unknown): number | undefined {
  if (!(error instanceof OrchestratorError) || error.code !== 'NODE_ERROR') return undefined;
  const code = error.context.rpcCode;
  return typeof code === 'number' ? code : undefined;
}
