import {
  anyUrl,
  decimal,
  ethereumAddress,
  felt,
  flag,
  httpUrl,
  integer,
  oneOf,
  path,
  privateKey,
  text,
} from '../kinds.ts';
import { accepted, defaulted, optional, refused } from '../setting.ts';

/** Completes "is not built yet": what settles development networks until then. */
const USE_SIMULATED =
  ': use --simulated-prover with --fact-registry-address and --fact-registry-private-key, which proves nothing and is for development networks';

/** The prover and the registry of the facts that it proves. */
export const proverSettings = {
  prover: optional(oneOf('sharp', 'atlantic', 'mock'), {
    flag: 'prover',
    env: 'PROVER',
    description: 'Prover; only mock, the same as --simulated-prover, is built so far.',
    refusals: {
      sharp: `The SHARP prover (--prover sharp) is not built yet${USE_SIMULATED}.`,
      atlantic: `The Atlantic prover (--prover atlantic) is not built yet${USE_SIMULATED}.`,
    },
  }),
  simulatedProver: defaulted(flag, 'false', {
    flag: 'simulated-prover',
    env: 'SIMULATED_PROVER',
    description: 'Prove nothing: wait, then register the fact in the registry.',
  }),
  factRegistryAddress: optional(ethereumAddress, {
    flag: 'fact-registry-address',
    aliases: ['mock-verifier-address'],
    env: ['FACT_REGISTRY_ADDRESS', 'MOCK_VERIFIER_ADDRESS'],
    description: 'Fact registry that the core contract asks; the simulated prover registers there.',
  }),
  factRegistryPrivateKey: optional(privateKey, {
    flag: 'fact-registry-private-key',
    env: 'FACT_REGISTRY_PRIVATE_KEY',
    description: 'Key that registers facts; must not be the operator key.',
    secret: true,
  }),
  simulatedProverLatencyMs: defaulted(integer(0, 86_400_000), '0', {
    flag: 'simulated-prover-latency-ms',
    env: 'SIMULATED_PROVER_LATENCY_MS',
    description: 'Milliseconds that a simulated proof takes.',
  }),
  simulatedProverFailureRate: defaulted(decimal(0, 1), '0', {
    flag: 'simulated-prover-failure-rate',
    env: 'SIMULATED_PROVER_FAILURE_RATE',
    description: 'Share of simulated proofs that fail.',
  }),
} as const;

/** Settings of the provers that are not built yet. */
export const unusedProverSettings = {
  sharp: refused({ flag: 'sharp', description: 'The SHARP prover' }, USE_SIMULATED),
  atlantic: refused({ flag: 'atlantic', description: 'The Atlantic prover' }, USE_SIMULATED),
  mockAtlanticServer: refused({ flag: 'mock-atlantic-server', description: 'The mock of the Atlantic service' }),
  sharpCustomerId: accepted(text, {
    flag: 'sharp-customer-id',
    env: 'SHARP_CUSTOMER_ID',
    description: 'SHARP.',
    secret: true,
  }),
  sharpUrl: accepted(httpUrl, { flag: 'sharp-url', env: 'SHARP_URL', description: 'SHARP.' }),
  sharpUserCrtFile: accepted(path, {
    flag: 'sharp-user-crt-file',
    env: 'SHARP_USER_CRT_FILE',
    description: 'SHARP: client certificate, PEM file.',
  }),
  sharpUserKeyFile: accepted(path, {
    flag: 'sharp-user-key-file',
    env: 'SHARP_USER_KEY_FILE',
    description: 'SHARP: client key, PEM file.',
  }),
  sharpServerCrtFile: accepted(path, {
    flag: 'sharp-server-crt-file',
    env: 'SHARP_SERVER_CRT_FILE',
    description: 'SHARP: server certificate, PEM file.',
  }),
  sharpUserCrt: accepted(text, {
    flag: 'sharp-user-crt',
    env: 'SHARP_USER_CRT',
    description: 'SHARP: client certificate, PEM in base64 (older form).',
  }),
  sharpUserKey: accepted(text, {
    flag: 'sharp-user-key',
    env: 'SHARP_USER_KEY',
    description: 'SHARP: client key, PEM in base64 (older form); its file is a setting of its own.',
  }),
  sharpServerCrt: accepted(text, {
    flag: 'sharp-server-crt',
    env: 'SHARP_SERVER_CRT',
    description: 'SHARP: server certificate, PEM in base64 (older form).',
  }),
  sharpRpcNodeUrl: accepted(httpUrl, {
    flag: 'sharp-rpc-node-url',
    env: 'SHARP_RPC_NODE_URL',
    description: 'SHARP: node for fact checks.',
    secret: true,
  }),
  sharpProofLayout: accepted(text, { flag: 'sharp-proof-layout', env: 'SHARP_PROOF_LAYOUT', description: 'SHARP.' }),
  sharpSettlementLayer: accepted(oneOf('ethereum', 'starknet'), {
    flag: 'sharp-settlement-layer',
    env: 'SHARP_SETTLEMENT_LAYER',
    description: 'SHARP.',
  }),
  gpsVerifierContractAddress: accepted(ethereumAddress, {
    flag: 'gps-verifier-contract-address',
    env: 'GPS_VERIFIER_CONTRACT_ADDRESS',
    description: 'SHARP: verifier contract.',
  }),
  atlanticApiKey: accepted(text, {
    flag: 'atlantic-api-key',
    env: 'ATLANTIC_API_KEY',
    description: 'Atlantic.',
    secret: true,
  }),
  atlanticServiceUrl: accepted(httpUrl, {
    flag: 'atlantic-service-url',
    env: 'ATLANTIC_SERVICE_URL',
    description: 'Atlantic.',
  }),
  atlanticRpcNodeUrl: accepted(httpUrl, {
    flag: 'atlantic-rpc-node-url',
    env: 'ATLANTIC_RPC_NODE_URL',
    description: 'Atlantic: node for fact checks.',
    secret: true,
  }),
  atlanticMockFactHash: accepted(flag, {
    flag: 'atlantic-mock-fact-hash',
    env: 'ATLANTIC_MOCK_FACT_HASH',
    description: 'Atlantic.',
  }),
  atlanticProverType: accepted(oneOf('herodotus', 'starkware'), {
    flag: 'atlantic-prover-type',
    env: 'ATLANTIC_PROVER_TYPE',
    description: 'Atlantic.',
  }),
  atlanticSettlementLayer: accepted(oneOf('ethereum', 'starknet'), {
    flag: 'atlantic-settlement-layer',
    env: 'ATLANTIC_SETTLEMENT_LAYER',
    description: 'Atlantic.',
  }),
  atlanticVerifierContractAddress: accepted(felt, {
    flag: 'atlantic-verifier-contract-address',
    env: 'ATLANTIC_VERIFIER_CONTRACT_ADDRESS',
    description: 'Atlantic: verifier contract.',
  }),
  atlanticNetwork: accepted(oneOf('MAINNET', 'TESTNET'), {
    flag: 'atlantic-network',
    env: 'ATLANTIC_NETWORK',
    description: 'Atlantic.',
  }),
  atlanticCairoVm: accepted(text, {
    flag: 'atlantic-verifier-cairo-vm',
    env: 'ATLANTIC_CAIRO_VM',
    description: 'Atlantic.',
  }),
  atlanticResult: accepted(text, {
    flag: 'atlantic-verifier-result',
    env: 'ATLANTIC_RESULT',
    description: 'Atlantic.',
  }),
  atlanticSharpProver: accepted(oneOf('stone', 'stwo'), {
    flag: 'atlantic-sharp-prover',
    env: 'ATLANTIC_SHARP_PROVER',
    description: 'Atlantic.',
  }),
  atlanticArtifactsBaseUrl: accepted(anyUrl, {
    flag: 'atlantic-artifacts-base-url',
    env: 'ATLANTIC_ARTIFACTS_BASE_URL',
    description: 'Atlantic.',
  }),
  cairoVerifierProgramHash: accepted(felt, {
    flag: 'cairo-verifier-program-hash',
    env: 'CAIRO_V0_VERIFIER_PROGRAM_HASH',
    description: 'Atlantic: program hash of the Cairo verifier.',
  }),
} as const;
