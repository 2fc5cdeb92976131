import { readFileSync } from 'node:fs';
import { type InfrastructureConfig, infrastructureConfig } from './infrastructure-config.ts';
import { type LogConfig, logConfigOf } from './log-config.ts';
import { type Environment, type FlagValues, invalidSettings, readSettings } from './read-settings.ts';
import { runFaults } from './run-faults.ts';
import { runSettings } from './run-settings.ts';
import { secretsOf } from './secrets.ts';
import { nameOf, type ValuesOf } from './setting.ts';
import { unknownVariables } from './unknown-variables.ts';

/** A number for each job type. */
export interface PerJobType {
  readonly SnosRun: number;
  readonly ProofCreation: number;
  readonly ProofRegistration: number;
  readonly DataSubmission: number;
  readonly StateTransition: number;
}

/** Everything that `run` is told. URLs may contain keys: show their host only. */
export interface RunConfig {
  readonly infrastructure: InfrastructureConfig;
  readonly madaraRpcUrl: string;
  /** The one of the node when SNOS has none of its own. */
  readonly rpcForSnosUrl: string;
  /** First block that may be taken; `minBlockGiven` says whether somebody asked for it. */
  readonly minBlock: number;
  readonly minBlockGiven: boolean;
  readonly maxBlock: number | undefined;
  /** End with exit code 0 once this block is settled. */
  readonly exitWhenSettled: number | undefined;

  readonly ethereumRpcUrl: string;
  readonly ethereumPrivateKey: `0x${string}`;
  /** Lower case. */
  readonly coreContractAddress: `0x${string}`;
  /** Undefined: 1 on chain 31337, 3 elsewhere. */
  readonly settlementConfirmations: number | undefined;
  /** The network is older than Fusaka: blob proofs instead of cell proofs. */
  readonly disablePeerdas: boolean;
  readonly fees: {
    readonly maxFeeWei: bigint;
    readonly maxFeeBumps: number;
    /** Seconds without inclusion after which fees are raised. */
    readonly confirmationTimeoutSeconds: number;
  };

  readonly factRegistryAddress: `0x${string}`;
  readonly factRegistryPrivateKey: `0x${string}`;
  readonly simulatedProver: { readonly latencyMs: number; readonly failureRate: number };

  readonly leaseSeconds: number;
  readonly heartbeatSeconds: number;
  readonly triggerIntervalSeconds: number;
  readonly gracefulShutdownSeconds: number;
  /** File by which this instance shows that it lives; undefined: none. */
  readonly healthFile: string | undefined;
  readonly retentionDays: number;
  /** Most blocks on their way at a time. */
  readonly blockBuffer: number;
  /** How blocks are grouped into ranges that are settled together. */
  readonly ranges: {
    readonly maxBlocks: number;
    readonly maxAgeSeconds: number;
    readonly maxBlobs: number;
    /** Words of the blobs that a range leaves free. */
    readonly freeWords: number;
  };
  /** How state differences are published; undefined: as the block's Starknet version says. */
  readonly daEncoding: 'old' | 'new' | 'stateless' | 'stateful' | undefined;
  /** Jobs of this instance at a time. */
  readonly maxConcurrent: PerJobType;
  /** Most seconds of one attempt. */
  readonly timeoutSeconds: PerJobType;

  readonly log: LogConfig;
  /** Sentences for the log: settings without effect, variables that are unknown. */
  readonly warnings: readonly string[];
  /** Texts that must never be shown. */
  readonly secrets: readonly string[];
}

type RunValues = ValuesOf<typeof runSettings>;

/**
 * The configuration of `run` from flags (by name, without dashes) and environment. Fails with CONFIG_INVALID and every
 * fault in the message.
 */
export function parseRunConfig(
  flags: FlagValues,
  env: Environment,
  readFile: (path: string) => string = (path) => readFileSync(path, 'utf8'),
): RunConfig {
  const { values, given, secrets } = readSettings(runSettings, { flags, env, readFile }, runFaults);
  const { factRegistryAddress, factRegistryPrivateKey } = values;
  if (factRegistryAddress === undefined || factRegistryPrivateKey === undefined) {
    throw invalidSettings(['The fact registry and its key are missing.']);
  }
  const idle = [...given].filter(({ effect }) => effect === 'accepted').map(nameOf);
  return {
    infrastructure: infrastructureConfig(values),
    ...blocksOf(values),
    ...settlementOf(values),
    minBlockGiven: given.has(runSettings.minBlock),
    factRegistryAddress,
    factRegistryPrivateKey,
    simulatedProver: { latencyMs: values.simulatedProverLatencyMs, failureRate: values.simulatedProverFailureRate },
    leaseSeconds: values.leaseSeconds,
    heartbeatSeconds: values.heartbeatSeconds ?? values.leaseSeconds / 3,
    triggerIntervalSeconds: values.triggerIntervalSeconds,
    gracefulShutdownSeconds: values.gracefulShutdownSeconds,
    healthFile: values.healthFile,
    retentionDays: values.retentionDays,
    blockBuffer: values.blockBuffer,
    ranges: {
      maxBlocks: values.maxBatchSize,
      maxAgeSeconds: values.maxBatchTimeSeconds,
      maxBlobs: values.maxNumBlobs,
      freeWords: values.blobSizeBuffer,
    },
    daEncoding: values.daEncoding,
    maxConcurrent: {
      SnosRun: values.snosConcurrency,
      ProofCreation: values.provingConcurrency,
      ProofRegistration: values.proofRegistrationConcurrency,
      DataSubmission: values.dataSubmissionConcurrency,
      StateTransition: values.stateTransitionConcurrency,
    },
    timeoutSeconds: {
      SnosRun: values.snosTimeoutSeconds,
      ProofCreation: values.provingTimeoutSeconds,
      ProofRegistration: values.proofRegistrationTimeoutSeconds,
      DataSubmission: values.dataSubmissionTimeoutSeconds,
      StateTransition: values.stateTransitionTimeoutSeconds,
    },
    log: logConfigOf(values),
    warnings: [
      ...(idle.length === 0 ? [] : [`without effect in this version: ${idle.join(', ')}`]),
      ...unknownVariables(env),
    ],
    secrets: [...secrets, ...secretsOf(values.mongodbConnectionUrl, env)],
  };
}

function blocksOf(values: RunValues) {
  return {
    madaraRpcUrl: values.madaraRpcUrl,
    rpcForSnosUrl: values.rpcForSnos ?? values.madaraRpcUrl,
    minBlock: values.minBlock,
    maxBlock: values.maxBlock,
    exitWhenSettled: values.exitWhenSettled,
  };
}

function settlementOf(values: RunValues) {
  return {
    ethereumRpcUrl: values.ethereumRpcUrl,
    ethereumPrivateKey: values.ethereumPrivateKey,
    coreContractAddress: values.coreContractAddress,
    settlementConfirmations: values.settlementConfirmations,
    disablePeerdas: values.disablePeerdas,
    fees: {
      maxFeeWei: values.maxFeeWei,
      maxFeeBumps: values.maxFeeBumps,
      confirmationTimeoutSeconds: values.confirmationTimeoutSeconds,
    },
  };
}
