import { systemClock, systemEntropy } from '../../clock/system-clock.ts';
import type { InfrastructureConfig } from '../../config/infrastructure-config.ts';
import type { ResourceConfig } from '../../provisioning/setup-config.ts';
import { DEFAULT_JSON_RPC_HTTP } from '../../settlement/ethereum/json-rpc-http.ts';
import { RpcEthereumClient } from '../../settlement/ethereum/rpc-ethereum-client.ts';
import { JsonRpcStarknetNode } from '../../starknet/rpc/json-rpc-starknet-node.ts';
import { silentLog } from '../../telemetry/log.ts';
import { chainChecks, type SettlementSubjects } from './chain-checks.ts';
import { type CheckResult, skipped } from './check.ts';
import { cronChecks } from './cron-checks.ts';
import { infrastructureChecks } from './infrastructure-checks.ts';
import { machineChecks } from './machine-checks.ts';

/** What `doctor` can look at; what is not given is skipped. */
export interface DoctorSubjects {
  readonly infrastructure: InfrastructureConfig;
  /** The resources as `setup` would make them. */
  readonly resources: ResourceConfig;
  readonly madaraRpcUrl: string | undefined;
  readonly ethereumRpcUrl: string | undefined;
  readonly ethereumPrivateKey: string | undefined;
  readonly coreContractAddress: `0x${string}` | undefined;
  readonly factRegistryAddress: string | undefined;
  readonly factRegistryPrivateKey: string | undefined;
}

/** One try each: somebody waits for the answer, and a node that is down is a finding, not an error. */
const ONE_TRY = { attempts: 1, timeoutMs: 5_000 } as const;

/** Looks at the machine, the systems, the nodes, the contracts and the keys; changes no job and sends nothing. */
export async function examine(subjects: DoctorSubjects): Promise<CheckResult[]> {
  const { infrastructure } = subjects;
  const around = { clock: systemClock, entropy: systemEntropy, log: silentLog };
  const machine = await machineChecks(infrastructure, systemClock, systemEntropy);
  const [systems, cron, chains] = await Promise.all([
    infrastructureChecks(infrastructure, around),
    infrastructure.cron.eventBridge ? cronChecks(subjects.resources) : [],
    examineChains(subjects),
  ]);
  return [...machine, ...systems, ...cron, ...chains];
}

async function examineChains(subjects: DoctorSubjects): Promise<CheckResult[]> {
  const { madaraRpcUrl: url, ethereumRpcUrl } = subjects;
  const parts = { clock: systemClock, entropy: systemEntropy, log: silentLog, ...ONE_TRY };
  const [name, flag] = ['Starknet node', '--madara-rpc-url'];
  const nodes = url === undefined ? [] : [{ name, flag, node: new JsonRpcStarknetNode({ url, ...parts }) }];
  const settlement = ethereumRpcUrl === undefined ? undefined : settlementSubjects(subjects, ethereumRpcUrl);
  const results = await chainChecks(nodes, settlement, systemClock);
  return url === undefined ? [skipped(name, flag), ...results] : results;
}

function settlementSubjects(subjects: DoctorSubjects, url: string): SettlementSubjects {
  return {
    client: new RpcEthereumClient({ ...DEFAULT_JSON_RPC_HTTP, ...ONE_TRY, url, clock: systemClock }),
    coreContract: subjects.coreContractAddress,
    privateKey: subjects.ethereumPrivateKey,
    registrarKey: subjects.factRegistryPrivateKey,
    factRegistry: subjects.factRegistryAddress,
  };
}
