import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { parseEventLogs } from 'viem';
import { ANVIL_ACCOUNTS, type Anvil, startAnvil } from '../../src/devnet/anvil.ts';
import { contractArtifact } from '../../src/devnet/contract-artifact.ts';
import { deployCore, deployFactRegistry } from '../../src/devnet/deploy-contracts.ts';
import {
  CORE_ABI,
  deployScenario,
  type LocalChain,
  type LocalCore,
  localChain,
  REGISTRY_ABI,
  revertReason,
} from './local-core.ts';

const GENESIS = {
  programHash: 11n,
  aggregatorProgramHash: 12n,
  configHash: 13n,
  stateRoot: 0n,
  blockNumber: -1,
  blockHash: 0n,
};

describe('a deployed core contract', () => {
  let anvil: Anvil;
  let local: LocalChain;
  let core: LocalCore;
  beforeAll(async () => {
    anvil = await startAnvil();
    local = localChain(anvil);
    core = await deployScenario(local, GENESIS);
  });
  afterAll(() => anvil?.stop());

  it('has the parameters that it was deployed with', async () => {
    const read = (functionName: 'programHash' | 'aggregatorProgramHash' | 'configHash' | 'identify') =>
      local.chain.readContract({ address: core.address, abi: CORE_ABI, functionName });
    expect(await read('programHash')).toBe(11n);
    expect(await read('aggregatorProgramHash')).toBe(12n);
    expect(await read('configHash')).toBe(13n);
    expect(await read('identify')).toBe('StarknetOrchestrator_LocalCore_1');
    expect(await core.state()).toEqual({ stateRoot: 0n, stateBlockNumber: -1n, stateBlockHash: 0n });
  });

  it('says in which block it was deployed', async () => {
    const deployment = await deployFactRegistry(local.url, ANVIL_ACCOUNTS[1].privateKey);
    const receipt = await local.chain.getTransactionReceipt({ hash: deployment.transactionHash });
    expect(receipt.blockNumber).toBe(deployment.blockNumber);
    expect(receipt.contractAddress?.toLowerCase()).toBe(deployment.address.toLowerCase());
  });

  it('lets its deployer, and nobody else, name operators', async () => {
    const { chain, operator, stranger } = local;
    const user = stranger.account.address;
    const on = { address: core.address, abi: CORE_ABI, args: [user] as const };
    const isOperator = (): Promise<boolean> => chain.readContract({ ...on, functionName: 'isOperator' });
    expect(await chain.readContract({ ...on, functionName: 'isOperator', args: [operator.account.address] })).toBe(
      true,
    );
    expect(
      await chain.readContract({ ...on, functionName: 'starknetIsGovernor', args: [operator.account.address] }),
    ).toBe(true);
    expect(await chain.readContract({ ...on, functionName: 'starknetIsGovernor' })).toBe(false);
    expect(await isOperator()).toBe(false);

    for (const functionName of ['registerOperator', 'unregisterOperator'] as const) {
      const refusal = await chain
        .simulateContract({ ...on, functionName, account: stranger.account })
        .then(() => undefined, revertReason);
      expect(refusal).toBe('ONLY_GOVERNANCE');
    }
    for (const [functionName, event, after] of [
      ['registerOperator', 'LogOperatorAdded', true],
      ['unregisterOperator', 'LogOperatorRemoved', false],
    ] as const) {
      const receipt = await chain.waitForTransactionReceipt({
        hash: await operator.writeContract({ ...on, functionName, chain: null }),
      });
      expect(parseEventLogs({ abi: CORE_ABI, logs: receipt.logs })).toMatchObject([
        { eventName: event, args: { operator: user } },
      ]);
      expect(await isOperator()).toBe(after);
      const again = await chain.waitForTransactionReceipt({
        hash: await operator.writeContract({ ...on, functionName, chain: null }),
      });
      expect(again.logs).toEqual([]);
    }
  });

  it.each([
    ['no program', { programHash: 0n }],
    ['a block number below -1', { blockNumber: -2 }],
    ['a registry without code', { factRegistry: ANVIL_ACCOUNTS[1].address }],
  ])('cannot be deployed with %s', async (_name, wrong) => {
    await expect(
      deployCore(local.url, ANVIL_ACCOUNTS[0].privateKey, { ...GENESIS, factRegistry: core.registry, ...wrong }),
    ).rejects.toMatchObject({ code: 'PROCESS_FAILED', message: expect.stringContaining('BAD_INITIALIZATION') });
  });

  it('cannot be deployed without a node or with a bad key, and the key is not repeated', async () => {
    const key = ANVIL_ACCOUNTS[0].privateKey;
    const refused = await deployFactRegistry('http://user:secret@127.0.0.1:1/path-secret', key).then(
      () => undefined,
      (error: unknown) => error,
    );
    expect(refused).toMatchObject({ code: 'PROCESS_FAILED', context: { host: '127.0.0.1:1' } });
    expect(JSON.stringify([refused, String(refused)])).not.toContain('secret');
    const bad = await deployFactRegistry(local.url, '0x1234').then(
      () => undefined,
      (error: unknown) => error,
    );
    expect(bad).toMatchObject({ code: 'CONFIG_INVALID' });
    expect(String(bad)).not.toContain('1234');
  });

  it('has the functions and events that public deployments have, with the same types', async () => {
    const { abi } = await contractArtifact('StarknetCore');
    const signature = (item: unknown): string => {
      const { type, name, inputs, outputs } = item as Record<string, unknown>;
      const types = (list: unknown): unknown =>
        (list as { type: string; indexed?: boolean }[] | undefined)?.map((input) => [
          input.type,
          input.indexed ?? false,
        ]);
      return JSON.stringify([type, name, types(inputs), types(outputs)]);
    };
    const ours = new Set(abi.map(signature));
    for (const item of CORE_ABI) expect(ours).toContain(signature(item));
  });
});

describe('the fact registry', () => {
  let anvil: Anvil;
  beforeAll(async () => {
    anvil = await startAnvil();
  });
  afterAll(() => anvil?.stop());

  it('takes a fact from anybody, once', async () => {
    const { chain, stranger, url } = localChain(anvil);
    const { address } = await deployFactRegistry(url, ANVIL_ACCOUNTS[0].privateKey);
    const fact = `0x${'ab'.repeat(32)}` as const;
    const on = { address, abi: REGISTRY_ABI, args: [fact] as const, chain: null };
    const register = async () =>
      parseEventLogs({
        abi: REGISTRY_ABI,
        logs: (
          await chain.waitForTransactionReceipt({
            hash: await stranger.writeContract({ ...on, functionName: 'registerFact' }),
          })
        ).logs,
      });
    expect(await chain.readContract({ ...on, functionName: 'isValid' })).toBe(false);
    expect(await register()).toMatchObject([{ eventName: 'FactRegistered', args: { fact } }]);
    expect(await chain.readContract({ ...on, functionName: 'isValid' })).toBe(true);
    expect(await register()).toEqual([]);
    expect(await chain.readContract({ ...on, functionName: 'isValid', args: [`0x${'cd'.repeat(32)}`] })).toBe(false);
  });
});
