import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemClock, systemEntropy } from '../../src/clock/system-clock.ts';
import { serveChain } from '../../src/devnet/chain/serve-chain.ts';
import type { ServedChain } from '../../src/devnet/chain/served-chain.ts';
import { JsonRpcStarknetNode } from '../../src/starknet/rpc/json-rpc-starknet-node.ts';
import { silentLog } from '../../src/telemetry/log.ts';

export interface ChainOverHttp extends AsyncDisposable {
  readonly url: string;
  /** The production client, talking to the served chain. */
  readonly node: JsonRpcStarknetNode;
}

export async function overHttp(chain: ServedChain): Promise<ChainOverHttp> {
  const served = await serveChain(chain);
  const node = new JsonRpcStarknetNode({
    url: `${served.url}/rpc/v0_9`,
    clock: systemClock,
    entropy: systemEntropy,
    log: silentLog,
  });
  return { url: served.url, node, [Symbol.asyncDispose]: () => served.close() };
}

export interface ScratchFolder extends AsyncDisposable {
  readonly path: string;
}

export async function scratchFolder(): Promise<ScratchFolder> {
  const path = await mkdtemp(join(tmpdir(), 'orchestrator-chain-'));
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }) };
}

/** Every file under a folder with its text. */
export async function contentsOf(folder: string): Promise<Record<string, string>> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  const texts = await Promise.all(
    files.map(async (file) => [file.slice(folder.length + 1), await readFile(file, 'utf8')] as const),
  );
  return Object.fromEntries(texts.sort(([a], [b]) => (a < b ? -1 : 1)));
}
