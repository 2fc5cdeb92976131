/**
 * Inverse of the stateless compression of state differences (Starknet 0.13.3 and later), for tests that compare words
 * with what was published compressed.
 */
export function decompress(compressed: readonly bigint[]): bigint[] {
  let position = 0;
  const take = (count: number) => {
    position += count;
    return compressed.slice(position - count, position);
  };
  const unpack = (count: number, bound: bigint, perWord: number): bigint[] => {
    const result: bigint[] = [];
    for (let word of take(Math.ceil(count / perWord))) {
      for (let i = 0; i < perWord && result.length < count; i++, word /= bound) result.push(word % bound);
    }
    return result;
  };
  const header = unpack(9, 1n << 20n, 9).map(Number);
  const [version, length, ...sizes] = header;
  if (version !== 0 || length === undefined) throw new Error('unknown compression version');
  const repeats = sizes[6] ?? 0;
  const buckets = [252, 125, 83, 62, 31, 15].map((bits, index) => {
    const size = sizes[index] ?? 0;
    return bits === 252 ? take(size) : unpack(size, 1n << BigInt(bits), Math.floor(251 / bits));
  });
  const unique = buckets.flat();
  const bound = BigInt(Math.max(unique.length, 1));
  const pointers = unpack(repeats, bound, bound === 1n ? 251 : Math.floor(251 / (bound - 1n).toString(2).length));
  const indices = unpack(length, 7n, 83).map(Number);
  if (position !== compressed.length) throw new Error('words are left over');
  const queues = [...buckets, pointers.map((pointer) => unique[Number(pointer)] ?? -1n)].map((values) =>
    values.values(),
  );
  return indices.map((index) => {
    const next = queues[index]?.next();
    if (next === undefined || next.done) throw new Error(`bucket ${index} is exhausted`);
    return next.value;
  });
}
