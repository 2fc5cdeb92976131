/**
 * The whole program in a process of its own, composed as `run` composes it, every port watched. It writes its points
 * down, dies at one of them, or just works. Its standard input is a lifeline: it ends when the parent does.
 */
import { writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { openEmbedded } from '../../src/app/embedded-infrastructure.ts';
import { operate } from '../../src/app/operate.ts';
import { operatingParts } from '../../src/app/operating-parts.ts';
import { connectEthereum } from '../../src/app/settlement-layer.ts';
import { checkStart } from '../../src/app/start-checks.ts';
import { systemClock as clock, systemEntropy as entropy } from '../../src/clock/system-clock.ts';
import { embeddedInfrastructure } from '../../src/config/infrastructure-config.ts';
import type { RunConfig } from '../../src/config/run-config.ts';
import { SimulatedProver } from '../../src/provers/simulated/simulated-prover.ts';
import { DEFAULT_JSON_RPC_HTTP } from '../../src/settlement/ethereum/json-rpc-http.ts';
import { RpcEthereumClient } from '../../src/settlement/ethereum/rpc-ethereum-client.ts';
import { SimulatedSnosRunner } from '../../src/snos/simulated/simulated-snos-runner.ts';
import { inProcessDaComputer } from '../../src/starknet/in-process-da-computer.ts';
import { nativeKzg } from '../../src/starknet/kzg/native-kzg.ts';
import { JsonRpcStarknetNode } from '../../src/starknet/rpc/json-rpc-starknet-node.ts';
import { CallRecorder, type CrashPoint } from './call-recorder.ts';
import type { ProcessOrders } from './process-orders.ts';
import { stderrLog } from './stderr-log.ts';
import { storedKzg } from './stored-kzg.ts';

const orders = JSON.parse(process.argv[2] ?? '') as ProcessOrders;
process.stdin.on('close', () => process.exit(1)).resume();

const POLL_MS = 50;
const RECONCILE_MS = 100;
const points = new Map<string, CrashPoint>();
const recorder = new CallRecorder((point, side) => {
  points.set(point.id, point);
  if (orders.die?.point === point.id && orders.die.side === side) die();
});

function die(): never {
  process.kill(process.pid, 'SIGKILL');
  // The kernel may take a moment; nothing of this thread runs on meanwhile.
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
  throw new Error('still alive');
}

const config: RunConfig = {
  infrastructure: embeddedInfrastructure(orders.dataDir),
  madaraRpcUrl: orders.starknetUrl,
  rpcForSnosUrl: orders.starknetUrl,
  minBlock: 0,
  minBlockGiven: false,
  maxBlock: orders.lastBlock,
  exitWhenSettled: orders.lastBlock,
  ethereumRpcUrl: orders.ethereumUrl,
  ethereumPrivateKey: orders.settlementKey,
  coreContractAddress: orders.core,
  // Two, so that "included" and "settled" are two situations.
  settlementConfirmations: 2,
  disablePeerdas: false,
  ranges: { maxBlocks: 1, maxAgeSeconds: 60, maxBlobs: 6, freeWords: 15 },
  daEncoding: undefined,
  fees: { maxFeeWei: 10n ** 18n, maxFeeBumps: 4, confirmationTimeoutSeconds: 120 },
  factRegistryAddress: orders.registry,
  factRegistryPrivateKey: orders.registrarKey,
  simulatedProver: { latencyMs: 20, failureRate: 0 },
  leaseSeconds: 1,
  heartbeatSeconds: 0.3,
  triggerIntervalSeconds: 0.5,
  gracefulShutdownSeconds: 5,
  healthFile: undefined,
  retentionDays: 1,
  blockBuffer: 10,
  maxConcurrent: byType(5),
  timeoutSeconds: byType(60),
  log: { level: 'info', format: 'json', debug: false },
  warnings: [],
  secrets: [],
};

function byType(value: number): RunConfig['maxConcurrent'] {
  return {
    SnosRun: value,
    ProofCreation: value,
    ProofRegistration: value,
    DataSubmission: value,
    StateTransition: value,
  };
}

async function work(): Promise<void> {
  const log = stderrLog();
  const embedded = await openEmbedded(orders.dataDir, clock, entropy, log);
  const infrastructure = {
    store: recorder.port('JobStore', embedded.store),
    locks: recorder.port('LockStore', embedded.locks),
    intents: recorder.port('IntentStore', embedded.intents),
    parked: embedded.parked,
    queues: recorder.queues(embedded.queues),
    objects: recorder.port('ObjectStore', embedded.objects),
    alerts: embedded.alerts,
    directAlerts: embedded.directAlerts,
    close: () => embedded.close(),
  };
  const kzg = storedKzg(nativeKzg(), orders.kzgDir);
  const starknet = () =>
    recorder.port('StarknetNode', new JsonRpcStarknetNode({ url: config.madaraRpcUrl, clock, entropy, log }));
  const node = starknet();
  const client = recorder.port(
    'EthereumClient',
    new RpcEthereumClient({ ...DEFAULT_JSON_RPC_HTTP, url: config.ethereumRpcUrl, clock }),
  );
  const { layer, floor } = await recorder.within('start', async () => {
    const layer = await connectEthereum(config, infrastructure, client, kzg, clock, log);
    const { position } = await checkStart(config, node, layer, infrastructure.store);
    const fresh = (await infrastructure.store.latest('SnosRun')) === undefined;
    return { layer, floor: fresh ? position.blockNumber : -1 };
  });
  const settlement = recorder.port('Settlement', layer.settlement);
  const registrar = recorder.port('FactRegistrar', layer.registrar);
  const parts = operatingParts(config, {
    instance: `${hostname()}-${process.pid}`,
    infrastructure,
    node,
    runner: recorder.port(
      'SnosRunner',
      new SimulatedSnosRunner({ node: starknet(), kzg, settlement, maxBlobs: config.ranges.maxBlobs }),
    ),
    prover: recorder.port('Prover', new SimulatedProver({ registrar, clock, ...config.simulatedProver })),
    settlement,
    kzg,
    computer: inProcessDaComputer,
    floor,
    clock,
    entropy,
    log,
    pollMs: POLL_MS,
    reconcileMs: RECONCILE_MS,
  });
  const handlers = recorder.handlers(parts.handlers);
  await operate(config, { ...parts, handlers }, new AbortController().signal);
  await infrastructure.close();
}

await work();
if (orders.traceFile !== undefined) writeFileSync(orders.traceFile, JSON.stringify([...points.values()]));
process.exit(0);
