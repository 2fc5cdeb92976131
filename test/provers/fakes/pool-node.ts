import { type Hex, keccak256, parseTransaction, toFunctionSelector, toHex } from 'viem';
import { EthereumFactRegistrar } from '../../../src/provers/ethereum/ethereum-fact-registrar.ts';
import type { EthereumClient } from '../../../src/settlement/ethereum/ethereum-client.ts';
import { EthereumRpcError } from '../../../src/settlement/ethereum/rpc-error.ts';
import { privateKeySigner } from '../../../src/settlement/ethereum/transaction-signer.ts';
import { silentLog } from '../../../src/telemetry/log.ts';
import type { VirtualClock } from '../../virtual-clock.ts';

export const GWEI = 1_000_000_000n;
export const RESEND_MS = 60_000;
const REGISTER = toFunctionSelector('registerFact(bytes32)');

interface Waiting {
  readonly hash: Hex;
  readonly fee: bigint;
  readonly tip: bigint;
  readonly fact: string;
}

/** One account's pool, by geth's rules: the next nonce alone can be mined, and a replacement offers 10 % more of both fees. */
export class PoolNode {
  baseFee = GWEI;
  tipFloor = 0n;
  /** Transactions that a block has room for. */
  room = 100;
  refusesFacts = false;
  /** Its answer to every transaction. */
  refusal: string | undefined;
  /** What it took. */
  readonly sent: { readonly nonce: number; readonly fee: bigint; readonly tip: bigint }[] = [];
  number = 1;
  next = 0;
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
    const offence = nonce < this.next ? 'nonce too low' : isLow ? 'replacement transaction underpriced' : undefined;
    const refusal = this.refusal ?? offence;
    if (refusal !== undefined)
      throw new EthereumRpcError({ method: 'eth_sendRawTransaction', code: -32000, message: refusal });
    const hash = keccak256(raw);
    this.pool.set(nonce, { hash, fee, tip, fact: String(data).slice(-64) });
    this.sent.push({ nonce, fee, tip });
    return hash;
  }
}

/** A registrar of the account whose pool it is. */
export function registrarAt(node: PoolNode, clock: VirtualClock): EthereumFactRegistrar {
  return new EthereumFactRegistrar({
    client: node.asClient(),
    address: `0x${'11'.repeat(20)}`,
    confirmations: 1,
    signer: privateKeySigner(`0x${'66'.repeat(32)}`),
    clock,
    log: silentLog,
    resendAfterMs: RESEND_MS,
  });
}
