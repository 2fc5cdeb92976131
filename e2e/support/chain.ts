import { GeneratedChain } from '../../src/devnet/chain/generated/generated-chain.ts';
import { serveChain } from '../../src/devnet/chain/serve-chain.ts';
import type { ServedChain } from '../../src/devnet/chain/served-chain.ts';
import { RpcProxy } from './rpc-proxy.ts';
import type { Site } from './site.ts';

/** A generated chain that stands still at `blocks` blocks. */
export function chainOf(seed: number, blocks: number): GeneratedChain {
  return new GeneratedChain({ seed, head: () => blocks - 1 });
}

/** Serves the chain until the end of the test; answers its URL. */
export async function serve(site: Site, chain: ServedChain): Promise<string> {
  const server = await serveChain(chain);
  site.atEnd(() => server.close());
  return server.url;
}

/** The same behind a proxy. */
export async function serveBehindProxy(site: Site, target: string): Promise<RpcProxy> {
  const proxy = await RpcProxy.start(target);
  site.atEnd(() => proxy.close());
  return proxy;
}
