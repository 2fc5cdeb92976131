import { beforeEach, describe, expect, it } from '@jest/globals';
import { type Hex, keccak256, parseTransaction, toFunctionSelector, toHex } from 'viem';
import { EthereumFactRegistrar } from '../../src/provers/ethereum/ethereum-fact-registrar.ts';
import type { EthereumClient } from '../../src/settlement/ethereum/ethereum-client.ts';
import { EthereumRpcError } from '../../src/settlement/ethereum/rpc-error.ts';
import { privateKeySigner } from '../../src/settlement/ethereum/transaction-signer.ts';
import { silentLog } from '../../src/telemetry/log.ts';
import { VirtualClock } from '../virtual-clock.ts';

const GWEI = 1_000_000_000n;
const RESEND_MS = 60_000;
const REGISTER = toFunctionSelector('registerFact(bytes32)');

interface Waiting {
  readonly hash: Hex;
  readonly fee: bigint;
  readonly tip: bigint;
  readonly fact: string;
}

/** One account's pool, by geth's rules: the next nonce alone can be mined, and a replacement offers 10 % more of both fees. */
class PoolNode {
  baseFee = GWEI;
  tipFloor = 0n;
  /** Transactions that a block has room for. */
  room = 100;
  refusesFacts = false;
  number = 1;
  next = 0;
  taken = 0;
  readonly pool = new Map<number, Waiting>();
  readonly valid = new Set<string>();

  mine(blocks = 5): void {
    for (const end = this.number + blocks; this.number < end; this.number += 1) {
      for (let left = this.room; left > 0; left -= 1) {
        const first = this.pool.get(this.next);
        if (first === undefined || first.fee < this.baseFee || first.tip < this.tipFloor) break;
        this.valid.add(first.fact);
        this.pool.delete(this.next);
        this.next += 1;
      }
    }
  }

  asClient(): EthereumClient {
    const answers: Partial<EthereumClient> = {
      chainId: async () => 1,
      call: async ({ data }) => {
        if (this.refusesFacts && data.startsWith(REGISTER))
          throw new EthereumRpcError({ method: 'eth_call', code: 3, message: 'execution reverted: not allowed' });
        return toHex(this.valid.has(data.slice(-64)) ? 1 : 0, { size: 32 });
      },
      block: async () => ({
        number: this.number,
        hash: '0x',
        parentHash: '0x',
        timestamp: 0,
        baseFeePerGas: this.baseFee,
      }),
      transactionCount: async (_, at) => {
        let count = this.next;
        if (at === 'pending') while (this.pool.has(count)) count += 1;
        return count;
      },
      transaction: async (hash) => {
        for (const [nonce, waiting] of this.pool) if (waiting.hash === hash) return { hash, nonce, blockNumber: null };
        return undefined;
      },
      sendRawTransaction: async (raw) => this.#take(raw),
    };
    return answers as EthereumClient;
  }

  #take(raw: Uint8Array): Hex {
    const { nonce = 0, maxFeePerGas: fee = 0n, maxPriorityFeePerGas: tip = 0n, data } = parseTransaction(toHex(raw));
    const before = this.pool.get(nonce);
    const isLow = before !== undefined && (10n * fee < 11n * before.fee || 10n * tip < 11n * before.tip);
    const refusal = nonce < this.next ? 'nonce too low' : isLow ? 'replacement transaction underpriced' : undefined;
    if (refusal !== undefined)
      throw new EthereumRpcError({ method: 'eth_sendRawTransaction', code: -32000, message: refusal });
    const hash = keccak256(raw);
    this.pool.set(nonce, { hash, fee, tip, fact: String(data).slice(-64) });
    this.taken += 1;
    return hash;
  }
}

describe('fact registrations that wait behind another', () => {
  let node: PoolNode;
  let clock: VirtualClock;
  const factOf = (number: number): string => `0x${number.toString(16).padStart(64, '0')}`;
  const registrar = (): EthereumFactRegistrar =>
    new EthereumFactRegistrar({
      client: node.asClient(),
      address: `0x${'11'.repeat(20)}`,
      confirmations: 1,
      signer: privateKeySigner(`0x${'66'.repeat(32)}`),
      clock,
      log: silentLog,
      resendAfterMs: RESEND_MS,
    });

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
    expect(node.taken).toBeLessThan(10);
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
    expect(node.taken).toBe(60);
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
    expect(node.taken).toBe(0);
  });
});
