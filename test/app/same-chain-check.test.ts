import { describe, expect, it } from '@jest/globals';
import { sameChainCheck } from '../../src/app/doctor/same-chain-check.ts';
import { OrchestratorError } from '../../src/errors/orchestrator-error.ts';
import type { SettledState } from '../../src/settlement/settlement.ts';
import { smallChain } from '../jobs/fakes/fake-chain.ts';

const chain = smallChain();
const { hash, newRoot } = await chain.blockHeader(1);
const settled: SettledState = { blockNumber: 1, root: newRoot, blockHash: hash };

function compare(state: Partial<SettledState>, answers: Partial<typeof chain> = {}) {
  const { latestBlockNumber, blockHeader } = { ...methodsOf(chain), ...answers };
  const node = Object.assign(smallChain(), { latestBlockNumber, blockHeader });
  return sameChainCheck({ name: 'Starknet node', flag: '--madara-rpc-url', node }, { ...settled, ...state });
}

function methodsOf(of: typeof chain) {
  return { latestBlockNumber: () => of.latestBlockNumber(), blockHeader: (block: number) => of.blockHeader(block) };
}

const notAsked = async () => Promise.reject(new Error('nothing is to be asked'));
const refusal = (code: 'BLOCK_NOT_FOUND' | 'NODE_ERROR') => async () =>
  Promise.reject(new OrchestratorError(code, 'the state of block 1 is gone'));

describe('the chain of a Starknet node', () => {
  it('is that of the contract when the block where it stands is the same', async () => {
    expect(await compare({})).toEqual({ state: 'ok', detail: 'block 1 is the one that was settled' });
  });

  it('is another one when the block has another hash, which names both hashes and the settings to check', async () => {
    const outcome = await compare({ blockHash: 0xbadn, root: 0xbadn });
    expect(outcome.state).toBe('failed');
    expect(outcome.detail).toContain(`its block 1 has the hash 0x${hash.toString(16)}, the contract holds 0xbad`);
    expect(outcome.hint).toMatch(/--madara-rpc-url and --l1-core-contract-address/);
  });

  it.each([
    ['nothing is settled', { blockNumber: -1, root: 0n, blockHash: 0n }],
    ['the contract holds no hash', { root: 0xbadn, blockHash: 0n }],
  ])('is not compared where %s', async (_, state) => {
    expect(await compare(state, { latestBlockNumber: notAsked, blockHeader: notAsked })).toMatchObject({ state: 'ok' });
  });

  it('is the same with a root that was set up by hand, which is worth a warning', async () => {
    const outcome = await compare({ root: 0xbadn });
    expect(outcome.state).toBe('warning');
    expect(outcome.detail).toContain(`0x${newRoot.toString(16)}, the core contract holds 0xbad`);
  });

  it.each([
    ['is at block 0', 0],
    ['has no block', undefined],
  ])('cannot be told from a node that %s, behind the contract', async (words, latest) => {
    const outcome = await compare(
      { blockHash: 0xbadn },
      { latestBlockNumber: async () => latest, blockHeader: notAsked },
    );
    expect(outcome.state).toBe('warning');
    expect(outcome.detail).toContain(`the node ${words}, behind block 1`);
  });

  it.each(['BLOCK_NOT_FOUND', 'NODE_ERROR'] as const)('cannot be told from a node that answers %s', async (code) => {
    const outcome = await compare({ blockHash: 0xbadn }, { blockHeader: refusal(code) });
    expect(outcome.state).toBe('warning');
    expect(outcome.detail).toContain('cannot show block 1');
    expect(outcome.detail).toContain('the state of block 1 is gone');
  });
});
