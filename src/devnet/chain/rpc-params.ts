import { parseFelt } from '../../starknet/felt.ts';
import { FAILURE, RpcFailure } from './rpc-failure.ts';

/** Parameters of one call, whether they came by name or by position. */
export interface RpcArguments {
  value(name: string): unknown;
  /** @throws OrchestratorError FELT_INVALID */
  felt(name: string): bigint;
}

/** @param names of the method's parameters, in the order of the specification */
export function readArguments(params: unknown, names: readonly string[]): RpcArguments {
  const byName = namedParameters(params, names);
  const value = (name: string): unknown => {
    const found = byName.get(name);
    if (found === undefined) throw new RpcFailure(FAILURE.invalidParams, `Invalid params: ${name} is missing`);
    return found;
  };
  return { value, felt: (name) => parseFelt(value(name), name) };
}

function namedParameters(params: unknown, names: readonly string[]): Map<string, unknown> {
  if (params === undefined || params === null) return new Map();
  if (Array.isArray(params)) return new Map(names.map((name, index) => [name, params[index]]));
  if (typeof params === 'object') return new Map(Object.entries(params));
  throw new RpcFailure(FAILURE.invalidParams, 'Invalid params: neither an object nor an array');
}
