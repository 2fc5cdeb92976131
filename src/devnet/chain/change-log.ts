/** One value over the blocks of a recording: what it was before, and each block that changed it. */
export class ChangeLog<T> {
  readonly #blocks: number[] = [];
  readonly #values: T[] = [];

  /** Changes are added in the order of their blocks; a later one of the same block wins. */
  add(block: number, value: T): void {
    this.#blocks.push(block);
    this.#values.push(value);
  }

  /** Newest change up to the end of `block`. */
  at(block: number): T | undefined {
    let low = 0;
    let high = this.#blocks.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#blocks[middle] ?? 0) <= block) low = middle + 1;
      else high = middle;
    }
    return this.#values[low - 1];
  }
}

/** The log under a key, made when it is not there yet. */
export function logOf<K, T>(logs: Map<K, ChangeLog<T>>, key: K): ChangeLog<T> {
  const found = logs.get(key);
  if (found !== undefined) return found;
  const made = new ChangeLog<T>();
  logs.set(key, made);
  return made;
}
