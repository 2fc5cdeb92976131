import { expect, it } from '@jest/globals';
import type { SettlementLayer } from '../../src/app/settlement-layer.ts';
import { checkStart } from '../../src/app/start-checks.ts';
import type { RunConfig } from '../../src/config/run-config.ts';
import { MemoryJobStore } from '../../src/database/memory/memory-job-store.ts';
import type { StarknetNode } from '../../src/starknet/starknet-node.ts';

it('the first start notes the position of the contract, later ones leave it', async () => {
  const config = { coreContractAddress: '0xab', minBlockGiven: false } as unknown as RunConfig;
  const node = { chainId: async () => 1n } as unknown as StarknetNode;
  const layerAt = (blockNumber: number) =>
    ({
      chainId: 31_337,
      settlement: { parameters: async () => ({}), state: async () => ({ blockNumber }) },
    }) as unknown as SettlementLayer;
  const store = new MemoryJobStore();
  await checkStart(config, node, layerAt(2), store);
  await checkStart(config, node, layerAt(7), store);
  expect((await store.identity())?.positionAtStart).toBe(2);
});
