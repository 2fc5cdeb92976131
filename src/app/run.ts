import { hostname } from 'node:os';
import { systemClock, systemEntropy } from '../clock/system-clock.ts';
import type { PerJobType, RunConfig } from '../config/run-config.ts';
import { engineSettings } from '../jobs/engine-settings.ts';
import type { JobType } from '../jobs/job.ts';
import type { ChainView } from '../jobs/planner.ts';
import { SimulatedProver } from '../provers/simulated/simulated-prover.ts';
import { queueFor } from '../queues/job-queues.ts';
import type { QueueName } from '../queues/queue.ts';
import { InProcessScheduler } from '../scheduling/in-process/in-process-scheduler.ts';
import type { Settlement } from '../settlement/settlement.ts';
import { SimulatedSnosRunner } from '../snos/simulated/simulated-snos-runner.ts';
import { nativeKzg } from '../starknet/kzg/native-kzg.ts';
import { JsonRpcStarknetNode } from '../starknet/rpc/json-rpc-starknet-node.ts';
import type { StarknetNode } from '../starknet/starknet-node.ts';
import type { Log } from '../telemetry/log.ts';
import { openEmbedded } from './embedded-infrastructure.ts';
import { jobHandlers } from './handlers.ts';
import { Instance } from './instance.ts';
import { expireArtifacts } from './retention.ts';
import { connectEthereum } from './settlement-layer.ts';
import { checkStart } from './start-checks.ts';
import { VERSION } from './version.ts';

/** EIP-4844 networks take six blobs in a transaction; more needs a change of the network first. */
const MAX_BLOBS = 6;
const RECONCILE_MS = 1_000;
const RETENTION_PASS_MS = 60 * 60_000;

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
    const layer = await connectEthereum(config, infrastructure, kzg, clock, log);
    const { settlement, registrar, chainId, confirmations } = layer;
    const { position } = await checkStart(config, node, layer, infrastructure.store, log);
    log.info({ instance, version: VERSION, chainId, confirmations, position: position.blockNumber }, 'orchestrator starts');

    const fresh = (await infrastructure.store.latest('SnosRun')) === undefined;
    const scheduler = new InProcessScheduler({
      queues: infrastructure.queues,
      clock,
      log,
      intervalOf: () => config.triggerIntervalSeconds * 1000,
    });
    const pollMs = chainId === 31_337 ? 250 : 4_000;
    const orchestrator = new Instance({
      ...infrastructure,
      scheduler,
      handlers: jobHandlers({
        infrastructure,
        node,
        runner: new SimulatedSnosRunner({ node: snosNode, kzg, settlement, maxBlobs: MAX_BLOBS }),
        prover: new SimulatedProver({ registrar, clock, ...config.simulatedProver }),
        settlement,
        kzg,
        clock,
        maxBlobs: MAX_BLOBS,
        pollMs: { prover: pollMs, settlement: pollMs },
      }),
      chain: chainView(node, settlement, fresh ? position.blockNumber : -1),
      clock,
      entropy,
      log: log.child({ instance }),
      engine: engineSettings({
        instance,
        version: VERSION,
        leaseMs: config.leaseSeconds * 1000,
        heartbeatMs: config.heartbeatSeconds * 1000,
        visibilityMs: config.leaseSeconds * 1000,
        timeoutMs: perJobType((type) => config.timeoutSeconds[type] * 1000),
        concurrency: concurrencyOf(config.maxConcurrent),
      }),
      planner: {
        bufferSize: config.blockBuffer,
        minBlock: config.minBlock,
        maxBlock: Math.min(config.maxBlock ?? Number.MAX_SAFE_INTEGER, Number.MAX_SAFE_INTEGER),
      },
      reconcileMs: RECONCILE_MS,
    });
    const retention = repeat(RETENTION_PASS_MS, log, () =>
      expireArtifacts(infrastructure, clock, { retentionMs: config.retentionDays * 86_400_000, owner: instance }, log),
    );
    await orchestrator.start();
    try {
      await untilDone(config, infrastructure.store, stop);
    } finally {
      log.info({}, 'orchestrator stops: finishing what runs');
      retention();
      await orchestrator.stop(config.gracefulShutdownSeconds * 1000);
    }
    return 0;
  } finally {
    await infrastructure.close();
  }
}

/**
 * `floor` is where the contract stood when a new database was started: at the configured depth it may not have existed
 * yet, and the first block must not be taken from there.
 */
function chainView(node: StarknetNode, settlement: Settlement, floor: number): ChainView {
  return {
    head: () => node.latestBlockNumber(),
    position: async () => Math.max((await settlement.state('confirmed')).blockNumber, floor),
  };
}

/** Resolves when the program is asked to stop, or the last block that it was started for is settled. */
async function untilDone(config: RunConfig, store: { latest: InstanceStore['latest'] }, stop: AbortSignal): Promise<void> {
  const { exitWhenSettled } = config;
  while (!stop.aborted) {
    if (exitWhenSettled !== undefined) {
      const last = await store.latest('StateTransition', 'Completed');
      if (last !== undefined && last.metadata.specific.end_block >= exitWhenSettled) return;
    }
    await systemClock.sleep(100, stop).catch(() => undefined);
  }
}

type InstanceStore = Awaited<ReturnType<typeof openEmbedded>>['store'];

/** Handlers of one queue at a time: the setting of its job type, for each phase. */
function concurrencyOf(limits: PerJobType): (queue: QueueName) => number {
  const byQueue = new Map<QueueName, number>();
  for (const [type, limit] of Object.entries(limits) as [JobType, number][]) {
    byQueue.set(queueFor(type, 'process'), limit);
    byQueue.set(queueFor(type, 'verify'), Math.max(limit, 10));
  }
  return (queue) => byQueue.get(queue) ?? 10;
}

function perJobType(of: (type: JobType) => number): Record<JobType, number> {
  return {
    SnosRun: of('SnosRun'),
    ProofCreation: of('ProofCreation'),
    ProofRegistration: of('ProofRegistration'),
    DataSubmission: of('DataSubmission'),
    StateTransition: of('StateTransition'),
  };
}

/** Runs `work` now and then; the returned function ends that. */
function repeat(intervalMs: number, log: Log, work: () => Promise<unknown>): () => void {
  const run = (): void => {
    work().catch((error: unknown) => log.warn({ err: error }, 'background work failed, trying again later'));
  };
  run();
  const timer = setInterval(run, intervalMs);
  timer.unref();
  return () => clearInterval(timer);
}
