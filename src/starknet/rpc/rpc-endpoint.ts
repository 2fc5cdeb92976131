import { OrchestratorError } from '../../errors/orchestrator-error.ts';

/** Where a node answers, split so that nothing secret has to be printed. */
export interface RpcEndpoint {
  /** As given, without user and password; keys in path or query are still in it, so it is never printed. */
  readonly url: string;
  /** The only part of the address that may appear in logs and errors. */
  readonly host: string;
  readonly headers: Readonly<Record<string, string>>;
}

/**
 * Reads an address such as `http://127.0.0.1:9944` or `https://node.example/rpc/v0_9?key=..`. The path is kept as it is:
 * whether a node wants a version in it is the operator's knowledge. User and password become a Basic header, because
 * fetch refuses them in an address.
 *
 * @throws OrchestratorError CONFIG_INVALID, without repeating the address
 */
export function parseRpcEndpoint(address: string): RpcEndpoint {
  if (!URL.canParse(address)) throw invalid('is not a URL');
  const url = new URL(address);
  if (url.protocol !== 'http:' && url.protocol !== 'https:')
    throw invalid(`has the scheme ${url.protocol} instead of http: or https:`);

  const headers: Record<string, string> = { 'content-type': 'application/json', accept: 'application/json' };
  if (url.username !== '' || url.password !== '') {
    const pair = `${decodeURIComponent(url.username)}:${decodeURIComponent(url.password)}`;
    headers.authorization = `Basic ${Buffer.from(pair).toString('base64')}`;
    url.username = '';
    url.password = '';
  }
  return { url: url.href, host: url.host, headers };
}

function invalid(why: string): OrchestratorError {
  return new OrchestratorError('CONFIG_INVALID', `The address of the Starknet node ${why}`, {
    hint: 'Give an address such as http://127.0.0.1:9944 or https://host/rpc/v0_9.',
  });
}
