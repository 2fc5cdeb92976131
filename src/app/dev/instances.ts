import { createWriteStream } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { NO_ENV_FILE_VARIABLE } from '../../config/env-file.ts';
import { VARIABLE_PREFIX } from '../../config/setting.ts';
import { ANVIL_ACCOUNTS } from '../../devnet/anvil.ts';
import { type GuardedProcess, spawnGuarded } from '../../devnet/child-process/spawn-guarded.ts';
import type { RangeOptions } from './dev-options.ts';
import type { LocalEthereum } from './local-ethereum.ts';

export interface InstanceSetup {
  readonly count: number;
  readonly dataDir: string;
  /** The chain server. */
  readonly nodeUrl: string;
  readonly ethereum: LocalEthereum;
  readonly last: number;
  readonly ranges: RangeOptions;
}

export interface RunningInstance {
  readonly process: GuardedProcess;
  readonly logFile: string;
}

const PROGRAM = fileURLToPath(new URL('../../../bin/orchestrator.js', import.meta.url));
const GRACE_MS = 5_000;

/** Starts `run` as an operator would: real processes that share one data directory, told everything from outside. */
export async function startInstances(setup: InstanceSetup): Promise<RunningInstance[]> {
  const instances: RunningInstance[] = [];
  try {
    for (let index = 1; index <= setup.count; index += 1) instances.push(await startInstance(setup, index));
    return instances;
  } catch (error) {
    await Promise.all(instances.map(({ process: started }) => started.stop()));
    throw error;
  }
}

async function startInstance(setup: InstanceSetup, index: number): Promise<RunningInstance> {
  const { dataDir, ethereum, last, ranges } = setup;
  const args = [
    PROGRAM,
    'run',
    '--simulated-prover',
    '--settle-on-ethereum',
    '--da-on-ethereum',
    ...['--data-dir', dataDir],
    ...['--fact-registry-address', ethereum.registry],
    ...['--l1-core-contract-address', ethereum.core],
    ...['--max-block-to-process', String(last)],
    ...['--exit-when-settled', String(last)],
    ...['--max-batch-size', String(ranges.maxBatchSize)],
    ...['--max-batch-time-seconds', String(ranges.maxBatchTimeSeconds)],
    ...['--max-num-blobs', String(ranges.maxNumBlobs)],
    ...['--blob-size-buffer', String(ranges.blobSizeBuffer)],
    ...(ranges.daEncoding === undefined ? [] : ['--da-encoding', ranges.daEncoding]),
    ...['--simulated-prover-latency-ms', '500'],
    ...['--interval-seconds', '1'],
    ...['--graceful-shutdown-timeout', String(GRACE_MS / 1000)],
  ];
  const started = await spawnGuarded(process.execPath, args, {
    env: { ...ownEnvironment(), ...settings(setup) },
    output: 'pipe',
    graceMs: GRACE_MS + 1_000,
  });
  const logFile = join(dataDir, `instance-${index}.log`);
  const file = createWriteStream(logFile, { flags: 'a' });
  started.stdout?.pipe(file, { end: false });
  started.stderr?.pipe(file, { end: false });
  void started.exited.then(() => file.end());
  return { process: started, logFile };
}

function settings({ nodeUrl, ethereum }: InstanceSetup): Record<string, string> {
  const [settler, registrar] = ANVIL_ACCOUNTS;
  const prefixed = {
    MADARA_RPC_URL: nodeUrl,
    RPC_FOR_SNOS: nodeUrl,
    ETHEREUM_SETTLEMENT_RPC_URL: ethereum.anvil.url,
    ETHEREUM_DA_RPC_URL: ethereum.anvil.url,
    ETHEREUM_PRIVATE_KEY: settler.privateKey,
    FACT_REGISTRY_PRIVATE_KEY: registrar.privateKey,
  };
  const entries = Object.entries(prefixed).map(([name, value]) => [`${VARIABLE_PREFIX}${name}`, value]);
  return { ...Object.fromEntries(entries), LOG_FORMAT: 'json', [NO_ENV_FILE_VARIABLE]: 'true' };
}

/** What names the systems of a real deployment, here or in `.env`, must not reach the local one. */
function ownEnvironment(): NodeJS.ProcessEnv {
  const foreign = [VARIABLE_PREFIX, 'AWS_'];
  const entries = Object.entries(process.env);
  return Object.fromEntries(entries.filter(([name]) => !foreign.some((prefix) => name.startsWith(prefix))));
}
