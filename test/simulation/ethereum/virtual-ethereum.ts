import { createHash } from 'node:crypto';
import type { Hex } from 'viem';
import { type ParsedBlobTransaction, parseBlobTransaction } from '../../../src/settlement/ethereum/blob-transaction.ts';
import { worstCaseCost } from '../../../src/settlement/ethereum/fees.ts';
import { versionedHash } from '../../../src/starknet/commitment.ts';
import type { Prng } from '../prng.ts';
import { applyUpdate, type CoreState, EMPTY_CORE, type UpdateCall, updateCallOf } from './core-contract-model.ts';

export const CHAIN_ID = 31337;
export const CORE_CONTRACT: Hex = '0x00000000000000000000000000000000000c04e0';

const GWEI = 1_000_000_000n;
const START_BALANCE = 10n ** 21n;
/** What the blob pool of geth keeps for one account. */
const POOL_LIMIT = 16;
const BLOBS_PER_BLOCK = 6;

export interface Transaction extends ParsedBlobTransaction {
  readonly call: UpdateCall | undefined;
}

export interface Receipt {
  readonly transaction: Transaction;
  readonly status: 'success' | 'reverted';
  readonly reason: string | undefined;
}

/** A block with the state after it. */
export interface VirtualBlock {
  readonly number: number;
  readonly hash: Hex;
  readonly parentHash: Hex;
  /** Unix seconds. */
  readonly timestamp: number;
  readonly baseFeePerGas: bigint;
  readonly blobBaseFee: bigint;
  readonly receipts: readonly Receipt[];
  readonly newFacts: readonly string[];
  readonly core: CoreState;
  readonly facts: ReadonlySet<string>;
  /** Of the one account that there is. */
  readonly nonce: number;
}

/** Why the pool does not take a transaction; the text is geth's. */
export class Refusal extends Error {}

export interface EthereumHooks {
  /** A transaction that the pool has taken, as it came over the wire. */
  accepted(transaction: Transaction, raw: Uint8Array): void;
  mined(block: VirtualBlock): void;
}

/** An Ethereum with one account, one core contract and its fact registry: blocks, a blob pool, reorgs, prices. */
export class VirtualEthereum {
  readonly #random: Prng;
  readonly #now: () => number;
  readonly #hooks: EthereumHooks;
  readonly #byHash = new Map<Hex, VirtualBlock>();
  readonly #pool = new Map<number, Transaction>();
  #chain: VirtualBlock[] = [];
  #pendingFacts: string[] = [];
  #built = 0;
  /** Probability that a block takes nothing from the pool. */
  emptyBlocks = 0;
  baseFee = GWEI;
  blobBaseFee = 1n;

  constructor(random: Prng, now: () => number, hooks: EthereumHooks) {
    this.#random = random;
    this.#now = now;
    this.#hooks = hooks;
  }

  get head(): VirtualBlock {
    return this.#chain.at(-1) ?? this.#genesis();
  }

  get blocks(): readonly VirtualBlock[] {
    return this.#chain;
  }

  get pool(): ReadonlyMap<number, Transaction> {
    return this.#pool;
  }

  /** Any block that ever was, also one that a reorg dropped. */
  byHash(hash: Hex): VirtualBlock | undefined {
    return this.#byHash.get(hash);
  }

  balance(): bigint {
    return START_BALANCE;
  }

  registerFact(fact: string): void {
    if (!this.head.facts.has(fact) && !this.#pendingFacts.includes(fact)) this.#pendingFacts.push(fact);
  }

  /** Takes a transaction into the pool, by the rules of geth's blob pool. */
  send(raw: Uint8Array): Hex {
    const parsed = parseBlobTransaction(raw);
    const { body, sidecar, hash } = parsed;
    const { nonce } = this.head;
    const known = this.#pool.get(body.nonce);
    if (known?.hash === hash) throw new Refusal('already known');
    if (body.chainId !== CHAIN_ID || body.to !== CORE_CONTRACT) throw new Refusal('invalid sender');
    const hashes = sidecar.commitments.map((commitment) => versionedHash(commitment));
    if (hashes.join() !== body.blobVersionedHashes.join())
      throw new Refusal('blob versioned hashes do not match the sidecar');
    for (const [i, blob] of sidecar.blobs.entries()) {
      const commitment = createHash('sha384').update(blob).digest();
      if (commitment.compare(sidecar.commitments[i] ?? new Uint8Array()) !== 0)
        throw new Refusal('invalid blob commitment');
    }
    if (sidecar.wrapperVersion !== 1 || sidecar.proofs.length !== 128 * sidecar.blobs.length)
      throw new Refusal('unexpected blob sidecar version');
    if (body.nonce < nonce) throw new Refusal(`nonce too low: next nonce ${nonce}, tx nonce ${body.nonce}`);
    let expected = nonce;
    while (this.#pool.has(expected)) expected += 1;
    if (body.nonce > expected) throw new Refusal(`nonce too high: tx nonce ${body.nonce}, gapped nonce ${expected}`);
    if (known === undefined && this.#pool.size >= POOL_LIMIT)
      throw new Refusal('account limit exceeded: pooled 16 txs');
    if (known !== undefined && !outbids(parsed, known)) throw new Refusal('replacement transaction underpriced');
    if (worstCaseCost(body.fees, body.gasLimit, sidecar.blobs.length) > this.balance()) {
      throw new Refusal('insufficient funds for gas * price + value');
    }
    const transaction: Transaction = { ...parsed, call: updateCallOf(body.data) };
    this.#pool.set(body.nonce, transaction);
    this.#hooks.accepted(transaction, raw);
    return hash;
  }

  /** Forgets pool transactions from a random nonce on, as a node does that restarts or runs short of space. */
  forgetFromPool(): void {
    const nonces = [...this.#pool.keys()].sort((a, b) => a - b);
    const from = nonces[this.#random.int(0, Math.max(0, nonces.length - 1))];
    for (const nonce of nonces) if (from !== undefined && nonce >= from) this.#pool.delete(nonce);
  }

  mine(): VirtualBlock {
    this.#driftFees();
    const before = this.#chain.at(-1) ?? this.#genesis();
    const facts = this.#pendingFacts.length === 0 ? before.facts : new Set([...before.facts, ...this.#pendingFacts]);
    const newFacts = this.#pendingFacts;
    this.#pendingFacts = [];
    let { core, nonce } = before;
    const receipts: Receipt[] = [];
    let blobs = 0;
    while (!this.#random.chance(this.emptyBlocks)) {
      const transaction = this.#pool.get(nonce);
      if (transaction === undefined) break;
      const { fees, blobVersionedHashes } = transaction.body;
      blobs += blobVersionedHashes.length;
      if (blobs > BLOBS_PER_BLOCK || fees.maxFeePerGas < this.baseFee || fees.maxFeePerBlobGas < this.blobBaseFee)
        break;
      this.#pool.delete(nonce);
      nonce += 1;
      const result =
        transaction.call === undefined
          ? ({ ok: false, reason: 'no such method' } as const)
          : applyUpdate(core, facts, transaction.call, blobVersionedHashes);
      if (result.ok) core = result.state;
      receipts.push({
        transaction,
        status: result.ok ? 'success' : 'reverted',
        reason: result.ok ? undefined : result.reason,
      });
    }
    const block: VirtualBlock = {
      number: before.number + 1,
      hash: this.#newHash(),
      parentHash: before.hash,
      timestamp: Math.floor(this.#now() / 1000),
      baseFeePerGas: this.baseFee,
      blobBaseFee: this.blobBaseFee,
      receipts,
      newFacts,
      core,
      facts,
      nonce,
    };
    this.#chain.push(block);
    this.#byHash.set(block.hash, block);
    this.#hooks.mined(block);
    return block;
  }

  /**
   * Replaces the newest `depth` blocks by another branch that is one longer. Their transactions return to the pool, or
   * vanish with the nodes that knew them.
   */
  reorg(depth: number, vanish: number): void {
    const dropped = this.#chain.splice(Math.max(2, this.#chain.length - depth));
    for (const block of dropped) {
      this.#pendingFacts.push(...block.newFacts);
      for (const { transaction } of block.receipts) {
        if (!this.#random.chance(vanish)) this.#pool.set(transaction.body.nonce, transaction);
      }
    }
    for (let i = 0; i <= dropped.length; i++) this.mine();
  }

  #driftFees(): void {
    // At most 12.5 % a block (EIP-1559).
    this.baseFee = (this.baseFee * BigInt(this.#random.int(875, 1125))) / 1000n;
    if (this.baseFee < GWEI / 10n) this.baseFee = GWEI / 10n;
  }

  #newHash(): Hex {
    this.#built += 1;
    return `0x${this.#built.toString(16).padStart(64, '0')}`;
  }

  #genesis(): VirtualBlock {
    return {
      number: 0,
      hash: `0x${'00'.repeat(32)}`,
      parentHash: `0x${'00'.repeat(32)}`,
      timestamp: 0,
      baseFeePerGas: this.baseFee,
      blobBaseFee: this.blobBaseFee,
      receipts: [],
      newFacts: [],
      core: EMPTY_CORE,
      facts: new Set(),
      nonce: 0,
    };
  }
}

/** Replacements in the blob pool must at least double all three fees. */
function outbids(next: ParsedBlobTransaction, known: Transaction): boolean {
  const { fees } = known.body;
  return (
    next.body.fees.maxFeePerGas >= 2n * fees.maxFeePerGas &&
    next.body.fees.maxPriorityFeePerGas >= 2n * fees.maxPriorityFeePerGas &&
    next.body.fees.maxFeePerBlobGas >= 2n * fees.maxFeePerBlobGas
  );
}
