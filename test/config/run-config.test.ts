import { describe, expect, it } from '@jest/globals';
import type { Environment, FlagValues } from '../../src/config/read-settings.ts';
import { parseRunConfig } from '../../src/config/run-config.ts';
import { OrchestratorError } from '../../src/errors/orchestrator-error.ts';

const KEY = `0x${'11'.repeat(32)}`;
const REGISTRY_KEY = `0x${'22'.repeat(32)}`;
const CORE = `0x${'aB'.repeat(20)}`;
const REGISTRY = `0x${'cd'.repeat(20)}`;

const FLAGS: FlagValues = {
  'settle-on-ethereum': true,
  'da-on-ethereum': true,
  'simulated-prover': true,
  'fact-registry-address': REGISTRY,
  'fact-registry-private-key': REGISTRY_KEY,
};
const ENV: Environment = {
  MADARA_ORCHESTRATOR_MADARA_RPC_URL: 'http://node.example/v1',
  MADARA_ORCHESTRATOR_ETHEREUM_SETTLEMENT_RPC_URL: 'https://ethereum.example/key',
  MADARA_ORCHESTRATOR_ETHEREUM_PRIVATE_KEY: KEY,
  MADARA_ORCHESTRATOR_L1_CORE_CONTRACT_ADDRESS: CORE,
};

function parse(flags: FlagValues = {}, env: Environment = {}, files: Record<string, string> = {}) {
  return parseRunConfig({ ...FLAGS, ...flags }, { ...ENV, ...env }, (path) => {
    const content = files[path];
    if (content === undefined) throw Object.assign(new Error('no such file'), { code: 'ENOENT' });
    return content;
  });
}

function faults(flags: FlagValues = {}, env: Environment = {}, files: Record<string, string> = {}): string[] {
  try {
    parse(flags, env, files);
  } catch (error) {
    if (error instanceof OrchestratorError && error.code === 'CONFIG_INVALID') return error.message.split('\n');
    throw error;
  }
  return [];
}

describe('the configuration of run', () => {
  it('has the documented defaults', () => {
    expect(parse()).toMatchObject({
      madaraRpcUrl: 'http://node.example/v1',
      rpcForSnosUrl: 'http://node.example/v1',
      coreContractAddress: CORE.toLowerCase(),
      minBlock: 0,
      minBlockGiven: false,
      maxBlock: undefined,
      settlementConfirmations: undefined,
      blockBuffer: 50,
      leaseSeconds: 30,
      heartbeatSeconds: 10,
      retentionDays: 14,
      gracefulShutdownSeconds: 120,
      maxConcurrent: { SnosRun: 5, ProofCreation: 10, DataSubmission: 10, StateTransition: 10 },
      timeoutSeconds: { SnosRun: 300, StateTransition: 300 },
      fees: { maxFeeWei: 10n ** 16n, maxFeeBumps: 2, confirmationTimeoutSeconds: 300 },
      simulatedProver: { latencyMs: 0, failureRate: 0 },
      log: { level: 'info', format: undefined, debug: false },
      warnings: [],
    });
  });

  it('takes a flag before a file before a variable', () => {
    const variable = 'MADARA_ORCHESTRATOR_RPC_FOR_SNOS';
    const env = { [variable]: 'http://variable', [`${variable}_FILE`]: '/run/secrets/rpc' };
    const files = { '/run/secrets/rpc': '  http://file\n' };
    expect(parse({ 'rpc-for-snos': 'http://flag' }, env, files).rpcForSnosUrl).toBe('http://flag');
    expect(parse({}, env, files).rpcForSnosUrl).toBe('http://file');
    expect(parse({}, { [variable]: 'http://variable' }).rpcForSnosUrl).toBe('http://variable');
  });

  it('takes the older names', () => {
    const config = parse(
      {
        'fact-registry-address': undefined,
        'simulated-prover': undefined,
        prover: 'Mock',
        'max-block-no-to-process': '9',
      },
      { MADARA_ORCHESTRATOR_MOCK_VERIFIER_ADDRESS: REGISTRY },
    );
    expect(config).toMatchObject({ factRegistryAddress: REGISTRY, maxBlock: 9 });
    expect(parse({}, { MADARA_ORCHESTRATOR_MAX_BLOCK_NO_TO_PROCESS: '18446744073709551615' }).maxBlock).toBeUndefined();
  });

  it('derives the heartbeat from the lease', () => {
    expect(parse({ 'lease-seconds': '6' }).heartbeatSeconds).toBe(2);
  });

  it('counts an empty variable as not set', () => {
    expect(parse({}, { MADARA_ORCHESTRATOR_SNOS_JOB_BUFFER_SIZE: '' }).blockBuffer).toBe(50);
  });

  it('names what has no effect, and variables that it does not know', () => {
    const { warnings } = parse(
      { port: '3000' },
      { MADARA_ORCHESTRATOR_HOST: '0.0.0.0', MADARA_ORCHESTRATOR_LEASE_SECOND: '5', AWS_REGION: 'eu-west-1' },
    );
    expect(warnings).toEqual([
      'without effect in this version: --host (MADARA_ORCHESTRATOR_HOST), --port (MADARA_ORCHESTRATOR_PORT)',
      'unknown variable MADARA_ORCHESTRATOR_LEASE_SECOND; did you mean MADARA_ORCHESTRATOR_LEASE_SECONDS?',
    ]);
  });

  it.each([
    ['trace', undefined, 'trace'],
    [undefined, 'error,orchestrator=debug', 'debug'],
    [undefined, 'warn', 'warn'],
    [undefined, 'hyper=trace', 'info'],
    [undefined, 'orchestrator::worker=debug,orchestrator=info', 'debug'],
    [undefined, 'off', 'silent'],
    ['error', 'debug', 'error'],
  ])('log level %s with filter %s is %s', (level, filter, expected) => {
    expect(parse({ 'log-level': level }, { RUST_LOG: filter }).log.level).toBe(expected);
  });
});

describe('the configuration of run refuses', () => {
  it.each<[string, FlagValues, Environment, string]>([
    [
      'a number that is none',
      { 'snos-job-buffer-size': 'many' },
      {},
      '--snos-job-buffer-size (MADARA_ORCHESTRATOR_SNOS_JOB_BUFFER_SIZE) is "many": it must be a whole number from 1 to 100000.',
    ],
    [
      'a number that is out of bounds, also of a setting without effect',
      {},
      { MADARA_ORCHESTRATOR_PORT: '65536' },
      '--port (MADARA_ORCHESTRATOR_PORT) is "65536": it must be a whole number from 0 to 65535.',
    ],
    [
      'an address that is none, under the name that was used',
      { 'fact-registry-address': undefined },
      { MADARA_ORCHESTRATOR_MOCK_VERIFIER_ADDRESS: '0x12' },
      '--fact-registry-address (MADARA_ORCHESTRATOR_FACT_REGISTRY_ADDRESS), given as MADARA_ORCHESTRATOR_MOCK_VERIFIER_ADDRESS is "0x12": it must be an Ethereum address: 0x and 40 hex digits.',
    ],
    [
      'a word that is not on the list',
      { 'snos-layout-name': 'huge' },
      {},
      '--snos-layout-name (MADARA_ORCHESTRATOR_SNOS_LAYOUT_NAME) is "huge": it must be one of plain, small, dex, recursive, starknet, starknet_with_keccak, recursive_large_output, recursive_with_poseidon, all_solidity, all_cairo, dynamic.',
    ],
    [
      'a key that is none, without showing it',
      {},
      { MADARA_ORCHESTRATOR_ETHEREUM_PRIVATE_KEY: '0xdeadbeef' },
      '--ethereum-private-key (MADARA_ORCHESTRATOR_ETHEREUM_PRIVATE_KEY) is not valid: it must be a private key: 0x and 64 hex digits.',
    ],
    ['a flag without a value', { 'data-dir': '' }, {}, '--data-dir needs a value: a path.'],
    [
      'two names of one setting',
      { 'mock-verifier-address': REGISTRY },
      {},
      '--fact-registry-address and --mock-verifier-address mean the same: give only one.',
    ],
    [
      'one key for both purposes',
      { 'fact-registry-private-key': KEY },
      {},
      '--fact-registry-private-key (MADARA_ORCHESTRATOR_FACT_REGISTRY_PRIVATE_KEY) is the operator key: a node refuses ordinary transactions of an account that has blob transactions under way, so give it a key of its own.',
    ],
    [
      'a range that is empty',
      { 'min-block-to-process': '5', 'max-block-to-process': '4' },
      {},
      '--max-block-to-process (MADARA_ORCHESTRATOR_MAX_BLOCK_NO_TO_PROCESS) is 4, below --min-block-to-process (MADARA_ORCHESTRATOR_MIN_BLOCK_NO_TO_PROCESS), which is 5.',
    ],
    [
      'an end that is never reached',
      { 'exit-when-settled': '9', 'max-block-to-process': '4' },
      {},
      '--exit-when-settled (MADARA_ORCHESTRATOR_EXIT_WHEN_SETTLED) is 9, beyond --max-block-to-process (MADARA_ORCHESTRATOR_MAX_BLOCK_NO_TO_PROCESS), which is 4: that block would never be settled.',
    ],
    [
      'a heartbeat that is too slow for the lease',
      { 'lease-seconds': '5', 'heartbeat-seconds': '3' },
      {},
      '--heartbeat-seconds (MADARA_ORCHESTRATOR_HEARTBEAT_SECONDS) is 3, more than half of --lease-seconds (MADARA_ORCHESTRATOR_LEASE_SECONDS), which is 5: one late heartbeat would lose the lease.',
    ],
    [
      'settlement on Starknet',
      { 'settle-on-starknet': true },
      {},
      'Settlement on Starknet (--settle-on-starknet) is not built yet.',
    ],
    ['layer 3', { layer: 'l3' }, {}, 'Layer 3 (--layer l3) is not built yet; l2 is.'],
    [
      'a secret file that is missing',
      {},
      { MADARA_ORCHESTRATOR_ETHEREUM_PRIVATE_KEY_FILE: '/nowhere' },
      'MADARA_ORCHESTRATOR_ETHEREUM_PRIVATE_KEY_FILE names /nowhere, which cannot be read (ENOENT).',
    ],
    [
      'no settlement layer',
      { 'settle-on-ethereum': undefined },
      {},
      'No settlement layer is chosen: add --settle-on-ethereum.',
    ],
    ['no prover', { 'simulated-prover': undefined }, {}, 'No prover is chosen: add --simulated-prover.'],
  ])('%s', (_what, flags, env, sentence) => {
    expect(faults(flags, env)).toEqual([sentence]);
  });

  it.each(['sharp', 'atlantic'])('the prover %s, by either of its names', (prover) => {
    for (const [flags, form] of [
      [{ [prover]: true }, `--${prover}`],
      [{ prover }, `--prover ${prover}`],
    ] as const) {
      const name = prover === 'sharp' ? 'SHARP' : 'Atlantic';
      expect(faults({ ...flags, 'simulated-prover': undefined })).toEqual([
        `The ${name} prover (${form}) is not built yet: use --simulated-prover with --fact-registry-address and --fact-registry-private-key, which proves nothing and is for development networks.`,
      ]);
    }
  });

  it('an empty secret file', () => {
    const env = { MADARA_ORCHESTRATOR_ETHEREUM_PRIVATE_KEY_FILE: '/empty' };
    expect(faults({}, env, { '/empty': ' \n' })).toEqual([
      'MADARA_ORCHESTRATOR_ETHEREUM_PRIVATE_KEY_FILE names /empty, which is empty.',
    ]);
  });

  it('everything that is missing, at once', () => {
    expect(() => parseRunConfig({}, {})).toThrow(OrchestratorError);
    try {
      parseRunConfig({}, {});
    } catch (error) {
      const lines = error instanceof Error ? error.message.split('\n') : [];
      expect(lines).toHaveLength(9);
      expect(lines[0]).toBe(
        '--madara-rpc-url (MADARA_ORCHESTRATOR_MADARA_RPC_URL) is missing: JSON-RPC of the Starknet node whose blocks are settled.',
      );
    }
  });
});
