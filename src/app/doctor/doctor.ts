import { systemClock, systemEntropy } from '../../clock/system-clock.ts';
import type { InfrastructureConfig } from '../../config/infrastructure-config.ts';
import type { ResourceConfig } from '../../provisioning/setup-config.ts';
import { DEFAULT_JSON_RPC_HTTP } from '../../settlement/ethereum/json-rpc-http.ts';
import { RpcEthereumClient } from '../../settlement/ethereum/rpc-ethereum-client.ts';
import { JsonRpcStarknetNode } from '../../starknet/rpc/json-rpc-starknet-node.ts';
import { silentLog } from '../../telemetry/log.ts';
import { settlementChecks, starknetCheck } from './chain-checks.ts';
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
  const [systems, cron, starknet, settlement] = await Promise.all([
    infrastructureChecks(infrastructure, around),
    infrastructure.cron.eventBridge ? cronChecks(subjects.resources) : [],
    examineStarknet(subjects),
    examineSettlement(subjects),
  ]);
  return [...machine, ...systems, ...cron, starknet, ...settlement];
}

async function examineStarknet({ madaraRpcUrl }: DoctorSubjects): Promise<CheckResult> {
  if (madaraRpcUrl === undefined) return skipped('Starknet node', '--madara-rpc-url');
  const parts = { clock: systemClock, entropy: systemEntropy, log: silentLog, ...ONE_TRY };
  return await starknetCheck(new JsonRpcStarknetNode({ url: madaraRpcUrl, ...parts }));
}

async function examineSettlement(subjects: DoctorSubjects): Promise<CheckResult[]> {
  const { ethereumRpcUrl } = subjects;
  if (ethereumRpcUrl === undefined) return [skipped('Ethereum node', '--ethereum-rpc-url')];
  const client = new RpcEthereumClient({
    ...DEFAULT_JSON_RPC_HTTP,
    ...ONE_TRY,
    url: ethereumRpcUrl,
    clock: systemClock,
  });
  return await settlementChecks(
    {
      client,
      coreContract: subjects.coreContractAddress,
      privateKey: subjects.ethereumPrivateKey,
      registrarKey: subjects.factRegistryPrivateKey,
      factRegistry: subjects.factRegistryAddress,
    },
    systemClock,
  );
}
