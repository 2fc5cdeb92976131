import { hostname } from 'node:os';
import { systemClock, systemEntropy } from '../clock/system-clock.ts';
import type { RunConfig } from '../config/run-config.ts';
import type { ChainView } from '../jobs/planner.ts';
import { RangePlanner, type RangeSettings } from '../jobs/range-planner.ts';
import { SimulatedProver } from '../provers/simulated/simulated-prover.ts';
import { DEFAULT_JSON_RPC_HTTP } from '../settlement/ethereum/json-rpc-http.ts';
import { RpcEthereumClient } from '../settlement/ethereum/rpc-ethereum-client.ts';
import type { Settlement } from '../settlement/settlement.ts';
import { SimulatedSnosRunner } from '../snos/simulated/simulated-snos-runner.ts';
import { WORDS_PER_BLOB } from '../starknet/blob.ts';
import { nativeKzg } from '../starknet/kzg/native-kzg.ts';
import { JsonRpcStarknetNode } from '../starknet/rpc/json-rpc-starknet-node.ts';
import type { StarknetNode } from '../starknet/starknet-node.ts';
import type { Log } from '../telemetry/log.ts';
import { blockSizes } from './block-sizes.ts';
import { openEmbedded } from './embedded-infrastructure.ts';
import { jobHandlers } from './handlers.ts';
import { operate } from './operate.ts';
import { connectEthereum } from './settlement-layer.ts';
import { checkStart } from './start-checks.ts';
import { VERSION } from './version.ts';

const RECONCILE_MS = 1_000;
const START_PATIENCE = { attempts: 2, timeoutMs: 10_000 } as const;

/**
 * The `run` command: checks that it can work, then works until it is stopped (or the block of `exitWhenSettled` is
 * settled). Resolves with the exit code once everything is drained.
 */
export async function runOrchestrator(config: RunConfig, log: Log, stop: AbortSignal): Promise<number> {
  const clock = systemClock;
  const entropy = systemEntropy;
  const instance = `${hostname()}-${process.pid}-${entropy.uuid().slice(0, 8)}`;
  for (const warning of config.warnings) log.warn({}, warning);
  const infrastructure = await openEmbedded(config.dataDir, clock, entropy, log);
  try {
    const kzg = nativeKzg();
    const node = new JsonRpcStarknetNode({ url: config.madaraRpcUrl, clock, entropy, log });
    const snosNode = new JsonRpcStarknetNode({ url: config.rpcForSnosUrl, clock, entropy, log });
    const client = new RpcEthereumClient({ ...DEFAULT_JSON_RPC_HTTP, url: config.ethereumRpcUrl, clock });
    const layer = await connectEthereum(config, infrastructure, client, kzg, clock, log);
    const { settlement, registrar, chainId, confirmations } = layer;
    // Somebody watches a start: a node that hangs is said sooner than jobs give it up.
    const asked = new JsonRpcStarknetNode({ url: config.madaraRpcUrl, clock, entropy, log, ...START_PATIENCE });
    const { position } = await checkStart(config, asked, layer, infrastructure.store, log);
    const fresh = (await infrastructure.store.latest('SnosRun')) === undefined;
    log.info(
      { instance, version: VERSION, chainId, confirmations, position: position.blockNumber },
      'orchestrator starts',
    );

    const pollMs = chainId === 31_337 ? 250 : 4_000;
    const handlers = jobHandlers({
      infrastructure,
      node,
      runner: new SimulatedSnosRunner({ node: snosNode, kzg, settlement, maxBlobs: config.ranges.maxBlobs }),
      prover: new SimulatedProver({ registrar, clock, ...config.simulatedProver }),
      settlement,
      kzg,
      clock,
      maxBlobs: config.ranges.maxBlobs,
      pollMs: { prover: pollMs, settlement: pollMs },
    });
    const chain = chainView(node, settlement, fresh ? position.blockNumber : -1);
    const ranges = new RangePlanner({
      sizes: blockSizes(node, config.daEncoding),
      clock,
      log,
      settings: rangeSettings(config),
    });
    await operate(
      config,
      { instance, infrastructure, handlers, chain, ranges, clock, entropy, log, reconcileMs: RECONCILE_MS },
      stop,
    );
    return 0;
  } finally {
    await infrastructure.close();
  }
}

/** What a range may hold, in the planner's terms. */
export function rangeSettings({ ranges }: Pick<RunConfig, 'ranges'>): RangeSettings {
  return {
    maxBlocks: ranges.maxBlocks,
    maxAgeMs: ranges.maxAgeSeconds * 1000,
    maxWords: ranges.maxBlobs * WORDS_PER_BLOB - ranges.freeWords,
  };
}

/**
 * What the planner sees of the two chains. `floor` is where the contract stood when a new database was started: at the
 * configured depth it may not have existed yet, and the first block must not be taken from there.
 */
export function chainView(node: StarknetNode, settlement: Settlement, floor: number): ChainView {
  return {
    head: () => node.latestBlockNumber(),
    position: async () => Math.max((await settlement.state('confirmed')).blockNumber, floor),
  };
}
