import type { CoreAccess, Ethereum } from './ethereum.ts';

export interface RunSetup {
  readonly ethereum: Pick<Ethereum, 'registry'>;
  readonly core: CoreAccess;
  readonly nodeUrl: string;
  readonly dataDir: string;
  /** Default: the node that the contract was deployed through. */
  readonly ethereumUrl?: string;
  readonly more?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
}

/** Command line and environment of `run`, split as in a deployment: what to do in flags, where and with which keys in variables. */
export function runArguments(setup: RunSetup): [args: string[], env: Record<string, string>] {
  const { ethereum, core, nodeUrl, dataDir, ethereumUrl = core.url, more = [], env = {} } = setup;
  const args = ['run', '--simulated-prover', '--settle-on-ethereum', '--da-on-ethereum'];
  args.push('--fact-registry-address', ethereum.registry, '--fact-registry-private-key', core.registrarKey);
  args.push('--data-dir', dataDir, '--interval-seconds', '1', ...more);
  return [
    args,
    {
      MADARA_ORCHESTRATOR_MADARA_RPC_URL: nodeUrl,
      MADARA_ORCHESTRATOR_RPC_FOR_SNOS: nodeUrl,
      MADARA_ORCHESTRATOR_ETHEREUM_SETTLEMENT_RPC_URL: ethereumUrl,
      MADARA_ORCHESTRATOR_ETHEREUM_DA_RPC_URL: ethereumUrl,
      MADARA_ORCHESTRATOR_ETHEREUM_PRIVATE_KEY: core.operatorKey,
      MADARA_ORCHESTRATOR_L1_CORE_CONTRACT_ADDRESS: core.address,
      ...env,
    },
  ];
}
