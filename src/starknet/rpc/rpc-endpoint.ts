import { OrchestratorError } from '../../errors/orchestrator-error.ts';

/** Where a node answers, of Starknet or of Ethereum, split so that nothing secret has to be printed. */
export interface RpcEndpoint {
  /** As given, without user and password; keys in path or query are still in it, so it is never printed. */
  readonly url: string;
  /** The only part of the address that may appear in logs and errors. */
  readonly host: string;
  readonly headers: Readonly<Record<string, string>>;
}

/** What the address of each kind of node may look like. */
const EXAMPLES = {
  Starknet: 'http://127.0.0.1:9944 or https://host/rpc/v0_9',
  Ethereum: 'http://127.0.0.1:8545 or https://host/v2/key',
} as const;

/**
 * Reads an address such as `http://127.0.0.1:9944` or `https://node.example/rpc/v0_9?key=..`. The path is kept as it is:
 * whether a node wants a version in it is the operator's knowledge. User and password become a Basic header, because
 * fetch refuses them in an address.
 *
 * @throws OrchestratorError CONFIG_INVALID, without repeating the address
 */
export function parseRpcEndpoint(address: string, kind: keyof typeof EXAMPLES): RpcEndpoint {
  const invalid = (why: string) =>
    new OrchestratorError('CONFIG_INVALID', `The address of the ${kind} node ${why}`, {
      hint: `Give an address such as ${EXAMPLES[kind]}.`,
    });
  if (!URL.canParse(address)) throw invalid('is not a URL');
  const url = new URL(address);
  if (url.protocol !== 'http:' && url.protocol !== 'https:')
    throw invalid(`has the scheme ${url.protocol} instead of http: or https:`);

  const headers: Record<string, string> = { 'content-type': 'application/json', accept: 'application/json' };
  if (url.username !== '' || url.password !== '') {
    const pair = decoded(`${url.username}:${url.password}`);
    if (pair === undefined) throw invalid('has a user or password with a % that is not written as %25');
    headers.authorization = `Basic ${Buffer.from(pair).toString('base64')}`;
    url.username = '';
    url.password = '';
  }
  return { url: url.href, host: url.host, headers };
}

/** Undefined where a % stands for nothing. */
function decoded(text: string): string | undefined {
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
}
