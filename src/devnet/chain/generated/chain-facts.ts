import { GENESIS, REWRITE_DISTANCE } from './cycle.ts';
import { Identifiers } from './identifiers.ts';
import { Schedule } from './schedule.ts';
import { SeededRandom } from './seeded-random.ts';

/** Contract that keeps hashes of former blocks: key b holds the hash of block b from block b + 10 on. */
export const BLOCK_HASH_CONTRACT = 1n;
export const BLOCK_HASH_DELAY = 10;
/** Contract that numbers addresses and keys from 0x80 on; its key 0 holds the next free number. */
export const ALIAS_CONTRACT = 2n;
const FIRST_ALIAS = 0x80;

/** Bit lengths of storage values; those of the buckets of stateless compression are all among them. */
const VALUE_BITS = [1, 8, 15, 31, 62, 83, 125, 248];

/**
 * The single values that a generated chain consists of, each a function of the seed and its place. State updates are
 * made of them, and look-ups are answered with them, so the two cannot disagree about a value.
 */
export class ChainFacts {
  readonly random: SeededRandom;
  readonly identifiers: Identifiers;
  readonly schedule: Schedule;
  /** Whether contract 0x2 numbers addresses and keys (Starknet 0.13.4 and later). */
  readonly aliased: boolean;

  constructor(seed: string, options: { readonly aliased: boolean }) {
    this.random = new SeededRandom(seed);
    this.identifiers = new Identifiers(seed);
    this.schedule = new Schedule(this.random, options);
    this.aliased = options.aliased;
  }

  blockHash(block: number): bigint {
    return block < 0 ? 0n : this.identifiers.encode('block', block, 0);
  }

  /** Root after the block; the one before it when the block changes nothing. */
  root(block: number): bigint {
    let changed = block;
    while (this.schedule.isEmpty(changed)) changed--;
    return changed < 0 ? 0n : this.identifiers.encode('root', changed, 0);
  }

  contract(ordinal: number): bigint {
    return this.identifiers.encode('contract', 0, ordinal);
  }

  classHash(ordinal: number): bigint {
    return this.identifiers.encode('class', 0, ordinal);
  }

  compiledClassHash(ordinal: number): bigint {
    return this.random.felt('compiled class', ordinal);
  }

  /** Class with which a contract is deployed: one that is declared by then. */
  deployedClass(ordinal: number): bigint {
    const declared = this.schedule.countBefore('classes', this.schedule.blockOf('contracts', ordinal) + 1);
    return this.classHash(this.random.integer(0, declared - 1, 'class of', ordinal));
  }

  /** Accounts start with nonce 1, as does every second contract that is deployed later. */
  deployedNonce(ordinal: number): bigint {
    const isAccount = ordinal >= GENESIS.firstAccount && ordinal < GENESIS.firstAccount + GENESIS.accounts;
    const isLaterAccount = ordinal >= GENESIS.contracts && ordinal % 2 === 0;
    return isAccount || isLaterAccount ? 1n : 0n;
  }

  accountNonce(account: number, block: number): bigint {
    const risen = this.schedule.count(block, (plan) => plan.accounts.includes(account));
    return 1n + BigInt(risen * (1 + (account % 3)));
  }

  balanceKey(balance: number): bigint {
    return this.identifiers.encode('balance', 0, balance);
  }

  /** Value that the block gives to a balance; never 0. */
  balanceValue(block: number, balance: number): bigint {
    return (this.random.felt('balance', block, balance) >> 168n) | 1n;
  }

  slotKey(block: number, slot: number): bigint {
    return this.identifiers.encode('slot', block, slot);
  }

  /** Ordinal of the contract in which a group of the block's new slots lies. */
  slotOwner(block: number, group: number): number {
    return this.random.integer(0, this.schedule.countBefore('contracts', block + 1) - 1, 'owner', block, group);
  }

  /** First value of a slot; never 0, since that would be no change. */
  firstValue(block: number, slot: number): bigint {
    return valueFrom(this.random.felt('first', block, slot));
  }

  /** Second value of a slot, {@link REWRITE_DISTANCE} blocks later: another than the first, 0 in clearing blocks and at times. */
  secondValue(block: number, slot: number): bigint {
    const rewriting = block + REWRITE_DISTANCE;
    if (this.schedule.plan(rewriting).shape === 'clearing') return 0n;
    const drawn = this.random.felt('second', block, slot);
    if ((drawn & 15n) === 0n) return 0n;
    const value = valueFrom(drawn >> 4n);
    return value === this.firstValue(block, slot) ? value + 1n : value;
  }

  /** Number that stands for the `index`-th address or key that the block uses for the first time. */
  alias(block: number, index: number): bigint {
    return BigInt(FIRST_ALIAS + this.schedule.countBefore('aliases', block) + index);
  }
}

/** Non-zero, of a length that the drawn number decides. */
function valueFrom(drawn: bigint): bigint {
  const bits = BigInt(VALUE_BITS[Number(drawn & 7n)] ?? 1);
  return ((drawn >> 3n) & ((1n << bits) - 1n)) | 1n;
}
