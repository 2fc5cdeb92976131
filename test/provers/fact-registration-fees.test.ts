import { beforeEach, describe, expect, it } from '@jest/globals';
import type { EthereumFactRegistrar } from '../../src/provers/ethereum/ethereum-fact-registrar.ts';
import { VirtualClock } from '../virtual-clock.ts';
import { GWEI, PoolNode, RESEND_MS, registrarAt } from './fakes/pool-node.ts';

const FACT = `0x${'ab'.repeat(32)}`;

describe('a fact registration that is not mined', () => {
  let node: PoolNode;
  let clock: VirtualClock;
  let registrar: EthereumFactRegistrar;

  beforeEach(() => {
    node = new PoolNode();
    node.next = 5;
    // It mines none of what it keeps.
    node.room = 0;
    clock = new VirtualClock();
    registrar = registrarAt(node, clock);
  });

  async function pass(minutes: number, { mining = true } = {}): Promise<void> {
    for (let minute = 0; minute < minutes; minute += 1) {
      await clock.advance(RESEND_MS);
      if (mining) node.mine();
      await registrar.register(FACT);
    }
  }

  it('is raised a few times, and then waits as it is', async () => {
    await registrar.register(FACT);
    await pass(24 * 60);
    expect(node.sent).toHaveLength(6);
    expect(node.sent[0]).toEqual({ nonce: 5, fee: 22n * (GWEI / 10n), tip: GWEI / 5n });
    for (const [index, { nonce, fee, tip }] of node.sent.slice(1).entries()) {
      const before = node.sent[index];
      expect(nonce).toBe(5);
      // Nodes take no less.
      expect(10n * fee).toBeGreaterThanOrEqual(11n * (before?.fee ?? 0n));
      expect(10n * tip).toBeGreaterThanOrEqual(11n * (before?.tip ?? 0n));
    }
    expect(node.sent.at(-1)?.fee).toBeLessThan(9n * GWEI);
    expect(node.sent.at(-1)?.tip).toBeLessThan(7n * GWEI);
  });

  it('is not raised beyond a multiple of what a new one would offer', async () => {
    node.baseFee = 100n * GWEI;
    await registrar.register(FACT);
    node.baseFee = 20n * GWEI;
    await pass(10);
    expect(node.sent).toHaveLength(1);
    node.baseFee = 35n * GWEI;
    await pass(10);
    expect(node.sent.map(({ fee }) => fee / GWEI)).toEqual([200n, 250n, 312n]);
  });

  it('follows a market that rises above its offer, also after the last raise', async () => {
    await registrar.register(FACT);
    await pass(60);
    node.baseFee = 50n * GWEI;
    await pass(60);
    expect(node.sent).toHaveLength(7);
    expect(node.sent.at(-1)).toMatchObject({ nonce: 5, fee: 100n * GWEI + GWEI / 5n });
    expect(node.sent.at(-1)?.tip).toBeLessThan(9n * GWEI);
  });

  it('is left alone on a chain that mines no blocks', async () => {
    await registrar.register(FACT);
    await pass(60, { mining: false });
    expect(node.sent).toHaveLength(1);
    await pass(1);
    expect(node.sent).toHaveLength(2);
  });

  it.each([
    { answer: 'insufficient funds for gas * price + value', retry: 'dependency-down', about: 'fact-registry-balance' },
    { answer: 'tx fee (1.20 ether) exceeds the configured cap (1.00 ether)', retry: 'transient', about: undefined },
  ])('fails as its first sending does when raising it is refused with "$answer"', async ({ answer, retry, about }) => {
    await registrar.register(FACT);
    node.refusal = answer;
    await expect(pass(1)).rejects.toMatchObject({
      code: 'FACT_REGISTRY',
      retry,
      dependency: about,
      message: expect.stringContaining(answer),
    });
    node.refusal = undefined;
    await pass(1);
    expect(node.sent).toHaveLength(2);
  });

  it('is left to the next look when it, or another one, was mined meanwhile', async () => {
    await registrar.register(FACT);
    node.refusal = 'nonce too low: next nonce 6, tx nonce 5';
    await pass(1);
    expect(node.sent).toHaveLength(1);
  });
});
