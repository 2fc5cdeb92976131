import { createHash } from 'node:crypto';

/** Deterministic numbers from a seed and a place in the chain: the same arguments always give the same number. */
export class SeededRandom {
  readonly #seed: string;

  constructor(seed: string) {
    this.#seed = seed;
  }

  /** Uniform below 2^248, so below the field prime. */
  felt(...place: readonly (string | number)[]): bigint {
    return BigInt(`0x${this.#digest(place).toString('hex', 0, 31)}`);
  }

  /** Uniform in `[low, high]`, both included. */
  integer(low: number, high: number, ...place: readonly (string | number)[]): number {
    return low + (this.#digest(place).readUIntBE(0, 6) % (high - low + 1));
  }

  /** A new order of the items. */
  shuffled<T>(items: readonly T[], ...place: readonly (string | number)[]): T[] {
    const ranked = items.map((item, index) => ({ item, rank: this.felt(...place, index) }));
    return ranked.sort((a, b) => (a.rank < b.rank ? -1 : 1)).map(({ item }) => item);
  }

  #digest(place: readonly (string | number)[]): Buffer {
    return createHash('sha256')
      .update(JSON.stringify([this.#seed, ...place]))
      .digest();
  }
}
