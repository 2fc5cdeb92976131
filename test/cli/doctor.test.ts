import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { CheckResult } from '../../src/app/doctor/check.ts';
import { ANVIL_ACCOUNTS, type Anvil, startAnvil } from '../../src/devnet/anvil.ts';
import { deployCore, deployFactRegistry } from '../../src/devnet/deploy-contracts.ts';
import { orchestrator } from './orchestrator-process.ts';

const [governor, stranger] = ANVIL_ACCOUNTS;
const POOR_KEY = `0x${'33'.repeat(32)}`;

let anvil: Anvil;
let folder: string;
let core: string;
let registry: string;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'doctor-'));
  anvil = await startAnvil({});
  registry = (await deployFactRegistry(anvil.url, governor.privateKey)).address;
  const init = {
    programHash: 1n,
    aggregatorProgramHash: 0n,
    configHash: 2n,
    stateRoot: 3n,
    blockNumber: 41,
    blockHash: 4n,
  };
  core = (await deployCore(anvil.url, governor.privateKey, { ...init, factRegistry: registry as `0x${string}` }))
    .address;
});

afterAll(async () => {
  await anvil.stop();
  rmSync(folder, { recursive: true });
});

async function examine(...args: string[]) {
  const { code, stdout } = await orchestrator(['doctor', '--json', '--data-dir', join(folder, 'data'), ...args]);
  const results = JSON.parse(stdout) as CheckResult[];
  return { code, state: Object.fromEntries(results.map(({ name, state }) => [name, state])), results };
}

describe('doctor', () => {
  it('finds nothing wrong where nothing is', async () => {
    const { code, state, results } = await examine(
      ...['--ethereum-rpc-url', anvil.url, '--l1-core-contract-address', core, '--fact-registry-address', registry],
      ...['--ethereum-private-key', governor.privateKey],
    );
    expect(state).toEqual({
      Node: 'ok',
      'data directory': 'ok',
      database: 'ok',
      'Starknet node': 'skipped',
      'Ethereum node': 'ok',
      clock: 'ok',
      'blob fee': 'ok',
      'core contract': 'ok',
      balance: 'ok',
      operator: 'ok',
      'fact registry': 'ok',
    });
    expect(results.find(({ name }) => name === 'core contract')?.detail).toContain('settled up to block 41');
    expect(code).toBe(0);
  });

  it('takes a user and a password in the address of the Ethereum node', async () => {
    const { code, state } = await examine(
      ...['--ethereum-rpc-url', anvil.url.replace('http://', 'http://me:p%40ss@')],
      ...['--l1-core-contract-address', core, '--fact-registry-address', registry],
    );
    expect(state).toMatchObject({ 'Ethereum node': 'ok', 'core contract': 'ok', 'fact registry': 'ok' });
    expect(code).toBe(0);
  });

  it('finds a key that is no operator, an address without a contract and a node that is down', async () => {
    const { code, state } = await examine(
      ...['--ethereum-rpc-url', anvil.url, '--l1-core-contract-address', core],
      ...['--ethereum-private-key', stranger.privateKey, '--fact-registry-address', stranger.address.toLowerCase()],
      ...['--madara-rpc-url', 'http://127.0.0.1:1'],
    );
    expect(state).toMatchObject({
      balance: 'ok',
      operator: 'failed',
      'fact registry': 'failed',
      'Starknet node': 'failed',
      'core contract': 'ok',
    });
    expect(code).toBe(1);
  });

  it('finds an account without funds and a core contract that is none', async () => {
    const { code, state } = await examine(
      ...['--ethereum-rpc-url', anvil.url, '--l1-core-contract-address', registry, '--ethereum-private-key', POOR_KEY],
    );
    expect(state).toMatchObject({
      balance: 'failed',
      'core contract': 'failed',
      operator: 'skipped',
      'fact registry': 'skipped',
    });
    expect(code).toBe(1);
  });

  it('finds systems that are down, each by its name', async () => {
    const { code, stdout } = await orchestrator(
      [
        ...['doctor', '--json', '--data-dir', join(folder, 'none'), '--aws', '--aws-s3', '--aws-sqs', '--aws-sns'],
        ...['--aws-event-bridge', '--mongodb', '--mongodb-connection-url', 'mongodb://me:hunter2-hunter2@127.0.0.1:1'],
      ],
      {
        AWS_REGION: 'eu-west-1',
        AWS_ENDPOINT_URL: 'http://127.0.0.1:1',
        AWS_ACCESS_KEY_ID: 'test',
        AWS_SECRET_ACCESS_KEY: 'a-secret-key-of-aws',
      },
    );
    const results = JSON.parse(stdout) as CheckResult[];
    const broken = results.filter(({ state }) => state === 'failed');
    expect(broken.map(({ name }) => name)).toEqual(['MongoDB', 'SQS', 'S3 bucket', 'SNS topic', 'EventBridge']);
    expect(broken.filter(({ hint }) => hint === null)).toEqual([]);
    expect(results.map(({ name }) => name)).not.toContain('database');
    expect(stdout).not.toMatch(/hunter2|a-secret-key-of-aws/);
    expect(code).toBe(1);
  });

  it.each(['afile', 'afile/below'])(
    'says that the data directory %s is a file, and looks for no database in it',
    async (path) => {
      const file = join(folder, 'afile');
      writeFileSync(file, '');
      const { code, stdout } = await orchestrator(['doctor', '--json', '--data-dir', join(folder, path)]);
      const results = JSON.parse(stdout) as CheckResult[];
      expect(results).toContainEqual({
        name: 'data directory',
        state: 'failed',
        detail: `${file} is a file, not a directory`,
        hint: 'Give a directory that this user may read and write, on a disk with free space.',
      });
      expect(results.map(({ name }) => name)).not.toContain('database');
      expect(code).toBe(1);
    },
  );

  it('says what to do', async () => {
    const { code, stdout } = await orchestrator([
      'doctor',
      '--ethereum-rpc-url',
      'http://127.0.0.1:1/key',
      '--data-dir',
      folder,
    ]);
    expect(stdout).toMatch(/failed +Ethereum node +.*127\.0\.0\.1:1/);
    expect(stdout).not.toContain('/key');
    expect(code).toBe(1);
  });
});
