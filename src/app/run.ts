import { availableParallelism, hostname } from 'node:os';
import { AlertBacklog } from '../alerts/alert-backlog.ts';
import { AwsCallCounts } from '../aws/call-counts.ts';
import { systemClock, systemEntropy } from '../clock/system-clock.ts';
import type { RunConfig } from '../config/run-config.ts';
import { SimulatedProver } from '../provers/simulated/simulated-prover.ts';
import { DEFAULT_JSON_RPC_HTTP } from '../settlement/ethereum/json-rpc-http.ts';
import { RpcEthereumClient } from '../settlement/ethereum/rpc-ethereum-client.ts';
import { SimulatedSnosRunner } from '../snos/simulated/simulated-snos-runner.ts';
import { WorkerDaComputer } from '../starknet/compute/worker-da-computer.ts';
import { nativeKzg } from '../starknet/kzg/native-kzg.ts';
import { JsonRpcStarknetNode } from '../starknet/rpc/json-rpc-starknet-node.ts';
import type { Log } from '../telemetry/log.ts';
import { watchClock } from './clock-watch.ts';
import { keepHealthFile } from './health/health-file.ts';
import { openInfrastructure } from './open-infrastructure.ts';
import { operate } from './operate.ts';
import { operatingParts } from './operating-parts.ts';
import { everyCheck, requireReady } from './preflight.ts';
import { connectEthereum, LOCAL_CHAIN_ID } from './settlement-layer.ts';
import { checkStart } from './start-checks.ts';
import { VERSION } from './version.ts';
import { watchInfrastructure } from './watch-infrastructure.ts';

const RECONCILE_MS = 1_000;
/** Ethereum has a block in 12 s, a local chain in one. */
const POLL_MS = 4_000;
const LOCAL_POLL_MS = 250;
/** A range has few blobs, and the KZG library wants cores too. */
const MAX_DA_THREADS = 4;
/** Time that alerts get to leave when the program ends. */
const ALERT_GRACE_MS = 5_000;

/**
 * The `run` command: checks that it can work, then works until it is stopped (or the block of `exitWhenSettled` is
 * settled). Resolves with the exit code once everything is drained.
 */
export async function runOrchestrator(config: RunConfig, log: Log, stop: AbortSignal): Promise<number> {
  const clock = systemClock;
  const entropy = systemEntropy;
  const instance = `${hostname()}-${process.pid}-${entropy.uuid().slice(0, 8)}`;
  for (const warning of config.warnings) log.warn({}, warning);
  const calls = new AwsCallCounts();
  const surroundings = { clock, entropy, log, onAwsCall: calls.listener };
  const client = new RpcEthereumClient({ ...DEFAULT_JSON_RPC_HTTP, url: config.ethereumRpcUrl, clock });
  requireReady(await everyCheck(config, client, surroundings), log);
  const opened = await openInfrastructure(config.infrastructure, surroundings);
  const watch = watchInfrastructure(config.infrastructure, opened, { clock, log, instance });
  const { infrastructure } = watch;
  const handlerAlerts = new AlertBacklog({ sink: infrastructure.alerts, clock, log });
  const computer = new WorkerDaComputer({ threads: Math.min(availableParallelism(), MAX_DA_THREADS) });
  const ended = new AbortController();
  try {
    const kzg = nativeKzg();
    const nodeOptions = { clock, entropy, log, signal: ended.signal };
    const node = new JsonRpcStarknetNode({ url: config.madaraRpcUrl, ...nodeOptions });
    const snosNode = new JsonRpcStarknetNode({ url: config.rpcForSnosUrl, ...nodeOptions });
    const layer = await connectEthereum(config, infrastructure, client, kzg, clock, log);
    const { settlement, registrar, chainId, confirmations } = layer;
    const { position } = await checkStart(config, node, layer, infrastructure.store);
    const fresh = (await infrastructure.store.latest('SnosRun')) === undefined;
    log.info(
      { instance, version: VERSION, chainId, confirmations, position: position.blockNumber },
      'orchestrator starts',
    );

    const { maxBlobs } = config.ranges;
    const { daEncoding } = config;
    const parts = operatingParts(config, {
      instance,
      infrastructure,
      handlerAlerts,
      toldElsewhere: watch.toldElsewhere,
      node,
      runner: new SimulatedSnosRunner({ node: snosNode, kzg, computer, settlement, maxBlobs, daEncoding }),
      prover: new SimulatedProver({ registrar, clock, ...config.simulatedProver }),
      settlement,
      kzg,
      computer,
      floor: fresh ? position.blockNumber : -1,
      clock,
      entropy,
      log,
      pollMs: chainId === LOCAL_CHAIN_ID ? LOCAL_POLL_MS : POLL_MS,
      reconcileMs: RECONCILE_MS,
    });
    const endReports = keepHealthFile(config.healthFile, { instance, stop, clock, log });
    const steadyNow = (): number => performance.now();
    const endClockWatch = watchClock({ instance, clock, steadyNow, alerts: handlerAlerts, log });
    try {
      await operate(config, parts, stop);
    } finally {
      endClockWatch();
      endReports();
    }
    return 0;
  } finally {
    // Work that was cut off may still wait for a node without an answer, and would keep the process alive.
    ended.abort();
    await computer.close();
    await Promise.all([handlerAlerts.stop(ALERT_GRACE_MS), watch.stop(ALERT_GRACE_MS)]);
    await opened.close();
    if (config.infrastructure.aws !== undefined) log.info({ calls: calls.snapshot() }, 'aws calls');
  }
}
