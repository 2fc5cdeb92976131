import { flag, httpUrl, integer, oneOf, path, text } from '../kinds.ts';
import { defaulted, madeOptional, optional, required } from '../setting.ts';
import { rangeSettings } from './batching-settings.ts';
import { infrastructureSettings } from './infrastructure-settings.ts';
import { logSettings } from './log-settings.ts';
import { nodeSettings } from './node-settings.ts';
import { proverSettings } from './prover-settings.ts';
import { HEALTH_FILE, serviceSettings } from './service-settings.ts';
import { settlementSettings } from './settlement-settings.ts';
import { resourceSettings } from './setup-settings.ts';

const JOB_TYPES = oneOf('SnosRun', 'ProofCreation', 'ProofRegistration', 'DataSubmission', 'StateTransition');
const JOB_STATUSES = oneOf(
  'Created',
  'LockedForProcessing',
  'PendingVerification',
  'Completed',
  'VerificationTimeout',
  'VerificationFailed',
  'Failed',
  'PendingRetry',
);

const json = defaulted(flag, 'false', { flag: 'json', description: 'Print one JSON document instead of text.' });

/** Settings of `dev`. */
export const devSettings = {
  recorded: optional(path, { flag: 'recorded', description: 'Serve this recorded chain instead of a generated one.' }),
  seed: defaulted(integer(0), '1', { flag: 'seed', description: 'Seed of the generated chain.' }),
  blocks: optional(integer(1, 1_000_000), {
    flag: 'blocks',
    description: 'Settle this many blocks, then print the summary and end; without it all of a recorded chain, or 5.',
  }),
  instances: defaulted(integer(1, 64), '1', {
    flag: 'instances',
    description: 'Orchestrator processes that share the work.',
  }),
  dataDir: optional(path, {
    flag: 'data-dir',
    description: 'Directory of jobs, queues and objects; without it a new temporary one.',
  }),
  summary: optional(path, { flag: 'summary', description: 'Write the closing summary to this JSON file.' }),
  keep: defaulted(flag, 'false', {
    flag: 'keep',
    description: 'Leave the Ethereum node and the chain server up until Ctrl-C.',
  }),
  ...rangeSettings,
  debug: logSettings.debug,
} as const;

/** Settings of `record`. */
export const recordSettings = {
  rpc: required(httpUrl, { flag: 'rpc', description: 'JSON-RPC of the Starknet node.', secret: true }),
  from: required(integer(0), { flag: 'from', description: 'First block.' }),
  to: required(integer(0), { flag: 'to', description: 'Last block.' }),
  out: required(path, {
    flag: 'out',
    description: 'Folder of the recording; a recording that was broken off goes on.',
  }),
  ...logSettings,
} as const;

/** Settings of the commands that look at an installation: where its jobs and queues are. */
export const inspectSettings = {
  dataDir: serviceSettings.dataDir,
  ...infrastructureSettings,
  json,
  debug: logSettings.debug,
} as const;

export const jobsParkedSettings = {
  limit: defaulted(integer(1, 10_000), '50', { flag: 'limit', description: 'Most messages that are shown.' }),
  ...inspectSettings,
} as const;

export const jobsListSettings = {
  type: optional(JOB_TYPES, { flag: 'type', description: 'Only jobs of this type.' }),
  status: optional(JOB_STATUSES, { flag: 'status', description: 'Only jobs with this status.' }),
  from: optional(integer(0), { flag: 'from', description: 'Only jobs of this block and later ones.' }),
  to: optional(integer(0), { flag: 'to', description: 'Only jobs of this block and earlier ones.' }),
  limit: defaulted(integer(1, 10_000), '50', { flag: 'limit', description: 'Most jobs that are shown.' }),
  ...inspectSettings,
} as const;

export const jobsRetrySettings = {
  by: defaulted(text, 'operator', { flag: 'by', description: "Name for the job's history." }),
  ...inspectSettings,
} as const;

/** Settings of `doctor`: those of `run` that it can check, none of them required. */
export const doctorSettings = {
  madaraRpcUrl: madeOptional(nodeSettings.madaraRpcUrl),
  ethereumRpcUrl: madeOptional(settlementSettings.ethereumRpcUrl),
  ethereumPrivateKey: madeOptional(settlementSettings.ethereumPrivateKey),
  coreContractAddress: madeOptional(settlementSettings.coreContractAddress),
  factRegistryAddress: proverSettings.factRegistryAddress,
  factRegistryPrivateKey: proverSettings.factRegistryPrivateKey,
  ...resourceSettings,
  ...inspectSettings,
} as const;

/** Settings of `healthy`. */
export const healthySettings = { healthFile: required(path, HEALTH_FILE), json, debug: logSettings.debug } as const;

/** Settings of `decode`. */
export const decodeSettings = { json, debug: logSettings.debug } as const;

export const decodeTxSettings = {
  rpc: optional(httpUrl, {
    flag: 'rpc',
    description: 'JSON-RPC of an Ethereum node; needed for a hash.',
    secret: true,
  }),
  ...decodeSettings,
} as const;
