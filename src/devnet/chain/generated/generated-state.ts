import { ALIAS_CONTRACT, BLOCK_HASH_CONTRACT, BLOCK_HASH_DELAY, type ChainFacts } from './chain-facts.ts';
import { GENESIS, REWRITE_DISTANCE } from './cycle.ts';
import type { Identified } from './identifiers.ts';

/**
 * State of a generated chain at the end of any block, without a replay: an address or key says what it is
 * (see Identifiers), and the schedule says which block changed it last.
 */
export class GeneratedState {
  readonly #facts: ChainFacts;

  constructor(facts: ChainFacts) {
    this.#facts = facts;
  }

  nonce(block: number, address: bigint): bigint | undefined {
    const ordinal = this.#contractAt(block, address);
    if (ordinal === undefined) return undefined;
    const account = ordinal - GENESIS.firstAccount;
    return account >= 0 && account < GENESIS.accounts
      ? this.#facts.accountNonce(account, block)
      : this.#facts.deployedNonce(ordinal);
  }

  classHash(block: number, address: bigint): bigint | undefined {
    const ordinal = this.#contractAt(block, address);
    if (ordinal === undefined) return undefined;
    const upgradable = ordinal - GENESIS.firstUpgradable;
    const upgradedIn = this.#facts.schedule.newest(block, (plan) => plan.upgrade === upgradable);
    if (upgradedIn === undefined) return this.#facts.deployedClass(ordinal);
    return this.#facts.classHash(this.#facts.schedule.countBefore('classes', upgradedIn));
  }

  storage(block: number, address: bigint, key: bigint): bigint {
    if (address === BLOCK_HASH_CONTRACT) return this.#oldBlockHash(block, key);
    if (address === ALIAS_CONTRACT) return this.#facts.aliased ? this.#alias(block, key) : 0n;
    const ordinal = this.#contractAt(block, address);
    const identified = this.#facts.identifiers.decode(key);
    if (ordinal === undefined || identified === undefined) return 0n;
    if (identified.kind === 'balance') return ordinal === 0 ? this.#balance(block, identified.index) : 0n;
    return identified.kind === 'slot' ? this.#slot(block, ordinal, identified) : 0n;
  }

  /** Ordinal of the contract at the address; undefined when it does not exist by the end of the block. */
  #contractAt(block: number, address: bigint): number | undefined {
    const identified = this.#facts.identifiers.decode(address);
    if (identified?.kind !== 'contract') return undefined;
    return this.#facts.schedule.blockOf('contracts', identified.index) <= block ? identified.index : undefined;
  }

  #oldBlockHash(block: number, key: bigint): bigint {
    if (key + BigInt(BLOCK_HASH_DELAY) > BigInt(block)) return 0n;
    const old = Number(key);
    return this.#facts.schedule.isEmpty(old + BLOCK_HASH_DELAY) ? 0n : this.#facts.blockHash(old);
  }

  #alias(block: number, key: bigint): bigint {
    const { schedule } = this.#facts;
    if (key === 0n) return this.#facts.alias(block + 1, 0);
    const identified = this.#facts.identifiers.decode(key);
    const used = identified === undefined ? undefined : this.#firstUse(identified);
    if (used === undefined || used.block > block || schedule.isEmpty(used.block)) return 0n;
    return this.#facts.alias(used.block, used.index);
  }

  /** Block that first uses an address or key, and its place among all that the block first uses. */
  #firstUse({ kind, block, index }: Identified): { readonly block: number; readonly index: number } | undefined {
    const { schedule } = this.#facts;
    if (kind === 'contract') {
      const deployedIn = schedule.blockOf('contracts', index);
      return { block: deployedIn, index: index - schedule.countBefore('contracts', deployedIn) };
    }
    if (kind === 'balance') return { block: 0, index: GENESIS.contracts + index };
    if (kind === 'slot' && schedule.groupOf(block, index) !== undefined)
      return { block, index: schedule.plan(block).deployments + index };
    return undefined;
  }

  #balance(block: number, balance: number): bigint {
    if (balance >= GENESIS.balances) return 0n;
    const changedIn = this.#facts.schedule.newest(block, (plan) => plan.balances.includes(balance)) ?? 0;
    return this.#facts.balanceValue(changedIn, balance);
  }

  #slot(block: number, ordinal: number, { block: madeIn, index }: Identified): bigint {
    if (madeIn > block) return 0n;
    const group = this.#facts.schedule.groupOf(madeIn, index);
    if (group === undefined || this.#facts.slotOwner(madeIn, group) !== ordinal) return 0n;
    const rewriting = madeIn + REWRITE_DISTANCE;
    const isRewritten = rewriting <= block && index < this.#facts.schedule.rewrites(rewriting);
    return isRewritten ? this.#facts.secondValue(madeIn, index) : this.#facts.firstValue(madeIn, index);
  }
}
