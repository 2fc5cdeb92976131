import { beforeEach, describe, expect, it } from '@jest/globals';
import type { EthereumFactRegistrar } from '../../src/provers/ethereum/ethereum-fact-registrar.ts';
import { VirtualClock } from '../virtual-clock.ts';
import { GWEI, PoolNode, RESEND_MS, registrarAt } from './fakes/pool-node.ts';

describe('fact registrations that wait behind another', () => {
  let node: PoolNode;
  let clock: VirtualClock;
  const factOf = (number: number): string => `0x${number.toString(16).padStart(64, '0')}`;
  const registrar = (): EthereumFactRegistrar => registrarAt(node, clock);

  beforeEach(() => {
    node = new PoolNode();
    clock = new VirtualClock();
  });

  /** As the jobs do: what is not valid yet is asked for again and again. */
  async function work(by: EthereumFactRegistrar, facts: readonly number[], minutes: number): Promise<void> {
    for (let minute = 0; minute < minutes; minute += 1) {
      for (const fact of facts) if (!(await by.isValid(factOf(fact)))) await by.register(factOf(fact));
      await clock.advance(RESEND_MS + 1_000);
      node.mine();
    }
  }
  const missing = (facts: readonly number[]): number[] =>
    facts.filter((fact) => !node.valid.has(factOf(fact).slice(2)));

  it('from before a restart, of which the market has left, are mined all the same', async () => {
    await registrar().register(factOf(1));
    node.baseFee = 10n * GWEI;
    node.mine();
    await work(registrar(), [1, 2, 3], 10);
    expect(missing([1, 2, 3])).toEqual([]);
    expect(node.sent.length).toBeLessThan(10);
  });

  it('that was raised before the restart are mined all the same', async () => {
    const before = registrar();
    node.tipFloor = 5n * GWEI;
    await work(before, [1], 3);
    expect(node.pool.get(0)?.tip).toBeGreaterThan(GWEI / 5n);
    await work(registrar(), [2, 3], 12);
    expect(missing([2, 3])).toEqual([]);
  });

  it('that nobody asks for any more are mined all the same', async () => {
    const one = registrar();
    await one.register(factOf(1));
    node.baseFee = 10n * GWEI;
    node.mine();
    await work(one, [2], 10);
    expect(missing([2])).toEqual([]);
  });

  it('in a long row that moves are left alone', async () => {
    node.room = 1;
    const facts = Array.from({ length: 60 }, (_, index) => index);
    await work(registrar(), facts, 15);
    expect(missing(facts)).toEqual([]);
    expect(node.sent).toHaveLength(60);
  });

  it('follow a network that asks for a larger tip than was offered', async () => {
    node.tipFloor = GWEI;
    await work(registrar(), [1, 2], 10);
    expect(missing([1, 2])).toEqual([]);
  });

  it('are not paid for where the registry refuses them', async () => {
    node.refusesFacts = true;
    await expect(registrar().register(factOf(1))).rejects.toMatchObject({
      code: 'FACT_REGISTRY',
      message: expect.stringContaining('refuses a fact'),
      hint: expect.stringContaining('fact registry address'),
    });
    expect(node.sent).toHaveLength(0);
  });
});
