import type { RunConfig } from '../config/run-config.ts';
import { OrchestratorError } from '../errors/orchestrator-error.ts';
import type { EthereumClient } from '../settlement/ethereum/ethereum-client.ts';
import { JsonRpcStarknetNode } from '../starknet/rpc/json-rpc-starknet-node.ts';
import type { Log } from '../telemetry/log.ts';
import { chainChecks } from './doctor/chain-checks.ts';
import { type CheckResult, check, ok } from './doctor/check.ts';
import { infrastructureChecks } from './doctor/infrastructure-checks.ts';
import { openEmbeddedDatabase, type Surroundings } from './open-infrastructure.ts';

/** Somebody watches a start: a node that hangs is said sooner than jobs give it up. */
const START_PATIENCE = { attempts: 2, timeoutMs: 10_000 } as const;

/** Checks whatever `run` needs, all at once: the same as `doctor` does. */
export async function everyCheck(
  config: RunConfig,
  client: EthereumClient,
  around: Surroundings,
): Promise<CheckResult[]> {
  const { infrastructure, madaraRpcUrl, rpcForSnosUrl } = config;
  const node = (url: string, flag: string, name: string) => {
    return { name, flag, node: new JsonRpcStarknetNode({ url, ...around, ...START_PATIENCE }) };
  };
  const nodes = [node(madaraRpcUrl, '--madara-rpc-url', 'Starknet node')];
  if (rpcForSnosUrl !== madaraRpcUrl) nodes.push(node(rpcForSnosUrl, '--rpc-for-snos', 'Starknet node for SNOS'));
  const subjects = {
    client,
    coreContract: config.coreContractAddress,
    privateKey: config.ethereumPrivateKey,
    registrarKey: config.factRegistryPrivateKey,
    factRegistry: config.factRegistryAddress,
  };
  const [database, systems, chains] = await Promise.all([
    embeddedCheck(config, around),
    infrastructureChecks(infrastructure, around),
    chainChecks(nodes, subjects, around.clock),
  ]);
  return [...database, ...systems, ...chains];
}

/** Opening checks a small file page by page; a large one is left to `doctor`. */
async function embeddedCheck({ infrastructure }: RunConfig, around: Surroundings): Promise<CheckResult[]> {
  const { database, queues } = infrastructure;
  if (database.kind !== 'embedded' && queues.kind !== 'embedded') return [];
  const result = await check('database', async () => {
    const opened = openEmbeddedDatabase(infrastructure, around);
    await opened.close();
    return ok(opened.path);
  });
  return [result];
}

/**
 * Goes on only when no check failed. Otherwise fails with PREFLIGHT_FAILED, which says of each: its name, what is wrong and
 * what to do. Warnings go to the log.
 */
export function requireReady(results: readonly CheckResult[], log: Log): void {
  for (const { name, detail, hint } of results.filter(({ state }) => state === 'warning')) {
    log.warn({ check: name, hint }, detail);
  }
  const failures = results.filter(({ state }) => state === 'failed');
  if (failures.length === 0) return;
  const lines = failures.map(sentenceOf);
  const heading = failures.length === 1 ? [] : [`${failures.length} things are not ready:`];
  throw new OrchestratorError('PREFLIGHT_FAILED', [...heading, ...lines].join('\n'), {
    context: { failed: failures.map(({ name }) => name).join(', ') },
    hint: '"orchestrator doctor" with the same settings shows every check.',
  });
}

function sentenceOf({ name, detail, hint }: CheckResult): string {
  return hint === null ? `${name}: ${detail}` : `${name}: ${detail.replace(/\.$/, '')}. ${hint}`;
}
