/** The same numbers for the same seed (xorshift32). */
export class Random {
  #state: number;

  constructor(seed: number) {
    this.#state = seed | 0 || 1;
  }

  /** A whole number in [0, bound). */
  below(bound: number): number {
    this.#state ^= this.#state << 13;
    this.#state ^= this.#state >>> 17;
    this.#state ^= this.#state << 5;
    return (this.#state >>> 0) % bound;
  }

  of<T>(items: readonly T[]): T {
    const item = items[this.below(items.length)];
    if (item === undefined) throw new Error('nothing to choose from');
    return item;
  }
}

/** A copy with flipped bits, cut, stretched, or with a lie in a place where numbers are. */
export function mutated(bytes: Uint8Array, random: Random): Uint8Array {
  const copy = Uint8Array.from(bytes);
  switch (random.below(5)) {
    case 0:
      return copy.subarray(0, random.below(copy.length));
    case 1: {
      const at = random.below(copy.length);
      return new Uint8Array(Buffer.concat([copy.subarray(0, at), copy.subarray(random.below(at + 1))]));
    }
    case 2:
      copy.fill(random.of([0, 0xff, 0x7f]), random.below(copy.length), random.below(copy.length));
      return copy;
    case 3: {
      // Sizes, offsets and counts of a zip are in its last bytes.
      const at = Math.max(0, copy.length - 4 - random.below(400));
      new DataView(copy.buffer).setUint32(at, random.of([0, 1, 0x7fff_ffff, 0xffff_ffff, random.below(2 ** 31)]), true);
      return copy;
    }
    default:
      for (let flips = 1 + random.below(4); flips > 0; flips--) {
        const at = random.below(copy.length);
        copy[at] = (copy[at] ?? 0) ^ (1 << random.below(8));
      }
      return copy;
  }
}
