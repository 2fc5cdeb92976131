import { FELT_PRIME } from '../../src/starknet/felt.ts';
import type { StateDiff, StateUpdate } from '../../src/starknet/state-update.ts';

/** The same numbers on every machine and in every run. */
class Sequence {
  #state = 0x9e3779b97f4a7c15n;

  felt(): bigint {
    this.#state = (this.#state * 0x5851f42d4c957f2d14057b7ef767814fn + 0x14057b7ef767814fn) % FELT_PRIME;
    return this.#state;
  }

  bits(count: number): bigint {
    return BigInt.asUintN(count, this.felt() >> 64n);
  }

  below(bound: number): number {
    return Number(this.bits(40) % BigInt(bound));
  }
}

export interface Chain {
  readonly updates: readonly StateUpdate[];
  /** Alias of every address and key in the updates. */
  readonly aliases: ReadonlyMap<bigint, bigint>;
}

/** Blocks that write `writes` slots each, two thirds of them in places that other blocks write too. */
export function chainOf(blocks: number, writes: number): Chain {
  const numbers = new Sequence();
  const aliases = new Map<bigint, bigint>();
  const named = (count: number) =>
    Array.from({ length: count }, (_, index) => {
      const name = numbers.felt();
      aliases.set(name, BigInt(0x80 + aliases.size * 3 + (index % 3)));
      return name;
    });
  const contracts = named(250);
  const busyKeys = named(400);
  const updates = Array.from({ length: blocks }, (_, number) => {
    const storage = new Map<bigint, Map<bigint, bigint>>([[1n, new Map([[BigInt(number), numbers.felt()]])]]);
    for (let i = 0; i < writes; i++) {
      const address = contracts[numbers.below(contracts.length)] ?? 3n;
      const key = i % 3 === 0 ? (named(1)[0] ?? 0n) : (busyKeys[numbers.below(busyKeys.length)] ?? 0n);
      const value = i % 4 === 0 ? numbers.felt() : numbers.bits(i % 4 === 1 ? 80 : 14);
      storage.set(address, (storage.get(address) ?? new Map<bigint, bigint>()).set(key, value));
    }
    const stateDiff: StateDiff = {
      storageDiffs: [...storage].map(([address, values]) => ({
        address,
        entries: [...values].map(([key, value]) => ({ key, value })),
      })),
      nonces: contracts.slice(0, 5).map((address) => ({ address, nonce: BigInt(number + 1) })),
      deployedContracts: [],
      replacedClasses: [],
      declaredClasses: [],
      migratedCompiledClasses: [],
      deprecatedDeclaredClasses: [],
    };
    return { blockHash: BigInt(number), oldRoot: BigInt(number), newRoot: BigInt(number + 1), stateDiff };
  });
  return { updates, aliases };
}
