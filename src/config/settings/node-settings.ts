import { felts, flag, httpUrl, integer, lastBlock, oneOf, path } from '../kinds.ts';
import { accepted, defaulted, optional, required } from '../setting.ts';

const layout = oneOf(
  'plain',
  'small',
  'dex',
  'recursive',
  'starknet',
  'starknet_with_keccak',
  'recursive_large_output',
  'recursive_with_poseidon',
  'all_solidity',
  'all_cairo',
  'dynamic',
);

/** Where blocks come from and which of them are taken. */
export const nodeSettings = {
  madaraRpcUrl: required(httpUrl, {
    flag: 'madara-rpc-url',
    env: 'MADARA_RPC_URL',
    description: 'JSON-RPC of the Starknet node whose blocks are settled.',
    secret: true,
  }),
  rpcForSnos: optional(httpUrl, {
    flag: 'rpc-for-snos',
    env: 'RPC_FOR_SNOS',
    description: 'JSON-RPC that SNOS reads state from; without it the one of --madara-rpc-url.',
    secret: true,
  }),
  minBlock: defaulted(integer(0), '0', {
    flag: 'min-block-to-process',
    env: 'MIN_BLOCK_NO_TO_PROCESS',
    description: "First block that may be taken; must not be beyond the contract's next block.",
  }),
  maxBlock: optional(lastBlock, {
    flag: 'max-block-to-process',
    env: 'MAX_BLOCK_NO_TO_PROCESS',
    description: 'Last block that is taken; without it there is no end.',
  }),
} as const;

/** Settings of the node, SNOS and layouts that have no effect in this version. */
export const unusedNodeSettings = {
  madaraFeederGatewayUrl: accepted(httpUrl, {
    flag: 'madara-feeder-gateway-url',
    env: 'MADARA_FEEDER_GATEWAY_URL',
    description: 'Feeder gateway, for bouncer weights.',
    secret: true,
  }),
  replayBoundsRpcUrl: accepted(httpUrl, {
    flag: 'replay-bounds-rpc-url',
    env: 'REPLAY_BOUNDS_RPC_URL',
    description: 'Node for the block hash cross check of batching.',
    secret: true,
  }),
  bouncerWeightsLimitFile: accepted(path, {
    flag: 'bouncer-weights-limit-file',
    env: 'BOUNCER_WEIGHTS_LIMIT_FILE',
    description: 'JSON file with bouncer weight limits.',
  }),
  rpcForSnosBackup: accepted(httpUrl, {
    flag: 'rpc-for-snos-backup',
    env: 'RPC_FOR_SNOS_BACKUP',
    description: 'Second node for SNOS, used when it is run again.',
    secret: true,
  }),
  snosFullOutput: accepted(flag, {
    flag: 'snos-full-output',
    env: 'SNOS_FULL_OUTPUT',
    description: 'Ask SNOS for the full output.',
  }),
  versionedConstants: accepted(path, {
    flag: 'versioned-constants',
    env: 'VERSIONED_CONSTANTS_PATH',
    description: 'File with versioned constants for SNOS.',
  }),
  snosLayoutName: accepted(layout, {
    flag: 'snos-layout-name',
    env: 'SNOS_LAYOUT_NAME',
    description: 'Cairo layout of SNOS.',
  }),
  proverLayoutName: accepted(layout, {
    flag: 'prover-layout-name',
    env: 'PROVER_LAYOUT_NAME',
    description: 'Cairo layout of the prover.',
  }),
  daPublicKeys: accepted(felts, {
    flag: 'da-public-keys',
    env: 'DA_PUBLIC_KEYS',
    description: 'Public keys for encrypted blobs.',
  }),
  storeAuditArtifacts: accepted(flag, {
    flag: 'store-audit-artifacts',
    env: 'STORE_AUDIT_ARTIFACTS',
    description: 'Keep proofs for audits.',
  }),
} as const;
