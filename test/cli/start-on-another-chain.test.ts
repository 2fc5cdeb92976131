import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { CheckResult } from '../../src/app/doctor/check.ts';
import { ANVIL_ACCOUNTS, type Anvil, startAnvil } from '../../src/devnet/anvil.ts';
import { GeneratedChain } from '../../src/devnet/chain/generated/generated-chain.ts';
import { type ServedChainHandle, serveChain } from '../../src/devnet/chain/serve-chain.ts';
import { deployCore, deployFactRegistry } from '../../src/devnet/deploy-contracts.ts';
import { feltToHex } from '../../src/starknet/felt.ts';
import { orchestrator } from './orchestrator-process.ts';

const [operator, registrar] = ANVIL_ACCOUNTS;
const POSITION = 2;

const chainOf = (seed: number, blocks: number) => new GeneratedChain({ seed, head: () => blocks - 1 });
/** As a recording: the block at which the contract stands was not taken along. */
class LaterChain extends GeneratedChain {
  override firstBlock = () => POSITION + 1;
}
const CHAINS = {
  same: chainOf(1, 4),
  another: chainOf(2, 4),
  behind: chainOf(1, POSITION),
  later: new LaterChain({ seed: 1, head: () => POSITION + 1 }),
};
type Name = keyof typeof CHAINS;

let anvil: Anvil;
let folder: string;
let registry: `0x${string}`;
let core: string;
const nodes = new Map<Name, ServedChainHandle>();

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'another-chain-'));
  anvil = await startAnvil({});
  registry = (await deployFactRegistry(anvil.url, operator.privateKey)).address;
  const { hash, newRoot } = CHAINS.same.header(POSITION);
  const init = { programHash: 1n, aggregatorProgramHash: 0n, configHash: 2n, factRegistry: registry };
  const state = { stateRoot: newRoot, blockNumber: POSITION, blockHash: hash };
  core = (await deployCore(anvil.url, operator.privateKey, { ...init, ...state })).address;
  for (const name of Object.keys(CHAINS) as Name[]) nodes.set(name, await serveChain(CHAINS[name]));
});

afterAll(async () => {
  for (const node of nodes.values()) await node.close();
  await anvil.stop();
  rmSync(folder, { recursive: true });
});

const subjects = (name: Name, contract: string): string[] => [
  ...['--madara-rpc-url', nodes.get(name)?.url ?? '', '--ethereum-rpc-url', anvil.url],
  ...['--l1-core-contract-address', contract, '--ethereum-private-key', operator.privateKey],
];

/** A start that has nothing left to settle, so that it ends by itself when it begins at all. */
function run(name: Name, contract = core, more: readonly string[] = []) {
  return orchestrator([
    ...['run', '--simulated-prover', '--settle-on-ethereum', '--da-on-ethereum', ...subjects(name, contract)],
    ...['--fact-registry-address', registry, '--fact-registry-private-key', registrar.privateKey],
    ...['--data-dir', join(folder, name), '--log-format', 'json', '--exit-when-settled', String(POSITION), ...more],
  ]);
}

async function doctor(name: Name) {
  const { code, stdout } = await orchestrator(['doctor', '--json', '--data-dir', folder, ...subjects(name, core)]);
  const results = JSON.parse(stdout) as CheckResult[];
  return { code, result: results.find((result) => result.name === 'chain of the Starknet node') };
}

describe('a Starknet node with the chain id of the chain that the contract settles', () => {
  it('is refused before anything starts when its chain is another one', async () => {
    const { code, stderr } = await run('another');
    expect({ code, started: stderr.includes('orchestrator starts') }).toEqual({ code: 2, started: false });
    for (const chain of [CHAINS.another, CHAINS.same]) expect(stderr).toContain(feltToHex(chain.header(POSITION).hash));
    expect(stderr).toContain('Check --madara-rpc-url');
    expect(await doctor('another')).toMatchObject({ code: 1, result: { state: 'failed' } });
  });

  it('is refused for SNOS as well', async () => {
    const { code, stderr } = await run('same', core, ['--rpc-for-snos', nodes.get('another')?.url ?? '']);
    expect(code).toBe(2);
    expect(stderr).toContain('chain of the Starknet node for SNOS');
    expect(stderr).toContain('Check --rpc-for-snos');
  });

  it('is taken when the settled block is its own', async () => {
    const { code, stderr } = await run('same');
    expect(stderr).toContain('orchestrator starts');
    expect({ code, warned: stderr.includes('"check":"chain of') }).toEqual({ code: 0, warned: false });
    expect(await doctor('same')).toMatchObject({ code: 0, result: { state: 'ok' } });
  });

  it.each([
    ['behind', 'is at block 1, behind block 2'],
    ['later', 'cannot show block 2'],
  ] as const)('is taken with one warning when it does not have the block: %s', async (name, words) => {
    const { code, stderr } = await run(name);
    expect(code).toBe(0);
    const warnings = stderr.split('\n').filter((line) => line.includes('"check":"chain of the Starknet node"'));
    expect(warnings).toEqual([expect.stringContaining(words)]);
    const examined = await doctor(name);
    expect(examined).toMatchObject({ code: 0, result: { state: 'warning' } });
    expect(examined.result?.detail).toContain(words);
  });
});

it('a start on an address without a core contract says nothing about operators', async () => {
  const { code, stdout, stderr } = await run('same', registry);
  expect(code).toBe(2);
  expect(stderr).toContain('there is no Starknet core contract');
  expect(stdout + stderr).not.toContain('operator');
});
