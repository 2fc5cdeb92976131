import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { type Hex, keccak256, parseEventLogs } from 'viem';
import { type Anvil, startAnvil } from '../../src/devnet/anvil.ts';
import { describeWithVectors, readVector, vectorsDir } from '../vectors.ts';
import { CORE_ABI, calldata, deployScenario, type LocalChain, localChain, stateFact } from './local-core.ts';
import { loadScenarios } from './scenario.ts';

describeWithVectors('the core contract settles recorded updates', () => {
  let anvil: Anvil;
  let local: LocalChain;
  beforeAll(async () => {
    anvil = await startAnvil();
    local = localChain(anvil);
  });
  afterAll(() => anvil?.stop());

  const scenarios = vectorsDir === undefined ? [] : loadScenarios();
  it.each(scenarios.map((scenario) => [scenario.name, scenario] as const))('%s', async (_name, { init, steps }) => {
    const core = await deployScenario(local, init);
    expect(await core.state()).toEqual({
      stateRoot: init.stateRoot,
      stateBlockNumber: BigInt(init.blockNumber),
      stateBlockHash: init.blockHash,
    });
    for (const step of steps) {
      expect(keccak256(calldata(step))).toBe(step.calldataHash);
      expect(stateFact(step.output)).toBe(step.stateFact);
      expect(core.sharpFact(step.output)).toBe(step.sharpFact);
      expect(await core.reasonOf(step)).toBe('NO_STATE_TRANSITION_PROOF');
      await core.prove(step.output);

      const receipt = await core.settle(step, step.blobs);
      expect(receipt.status).toBe('success');
      const events = parseEventLogs({ abi: CORE_ABI, logs: receipt.logs });
      expect(events.map((event) => event.eventName)).toEqual([
        'LogStateTransitionFact',
        ...Array.from({ length: step.messagesToL1 }, () => 'LogMessageToL1'),
        ...Array.from({ length: step.messagesToL2 }, () => 'ConsumedMessageToL2'),
        'LogStateUpdate',
      ]);
      expect(events[0]?.args).toEqual({ stateTransitionFact: step.stateFact });
      expect(events.at(-1)?.args).toEqual({
        globalRoot: step.expect.stateRoot,
        blockNumber: step.expect.stateBlockNumber,
        blockHash: step.expect.stateBlockHash,
      });
      expect(await core.state()).toEqual(step.expect);

      const transaction = await local.chain.getTransaction({ hash: receipt.transactionHash });
      expect(transaction.blobVersionedHashes).toEqual(step.versionedHashes);
      const published = await local.chain.request<{ ReturnType: Hex[]; Parameters: [Hex]; Method: string }>({
        method: 'anvil_getBlobsByTransactionHash',
        params: [receipt.transactionHash],
      });
      expect(published).toEqual(step.blobs);

      // The same update again is mined, and changes nothing.
      const again = await core.settle(step, step.blobs);
      expect(again.status).toBe('reverted');
      expect(await core.reasonOf(step)).toBe('INVALID_PREV_BLOCK_NUMBER');
      expect(await core.state()).toEqual(step.expect);
    }
  });

  it('has scenarios', () => expect(scenarios.map(({ name }) => name)).toContain('8373665'));

  it.each([
    ['671070', 'da/671070'],
    ['20468828', 'ethereum/20468828'],
  ])('refuses the six-word header of %s, as current contracts do', async (_name, folder) => {
    const output = readVector(folder, 'program_output.txt').split(/\s+/).map(BigInt);
    const derived = JSON.parse(readVector(folder, 'derived.json')) as { versioned_hash: Hex; proof_at_x_0: Hex };
    const core = await deployScenario(local, {
      programHash: 1n,
      aggregatorProgramHash: 1n,
      configHash: output[4] ?? 0n,
      stateRoot: output[0] ?? 0n,
      blockNumber: Number(output[2]),
      blockHash: 0n,
    });
    await core.prove(output);
    const update = { output, proofs: [derived.proof_at_x_0], versionedHashes: [derived.versioned_hash] };
    expect(await core.reasonOf(update)).toBe('UNEXPECTED_KZG_DA_FLAG');
  });
});
