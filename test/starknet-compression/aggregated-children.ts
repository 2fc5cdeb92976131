import type { StateBefore } from '../../src/starknet/squash/squash-state-updates.ts';
import type { StateUpdate } from '../../src/starknet/state-update.ts';

const HEADER_WORDS = 10;

/** Blocks that an aggregator run put together, as state updates, and what of the state before them its output tells. */
export interface AggregatedChildren {
  readonly updates: readonly StateUpdate[];
  readonly before: StateBefore;
  /** Output words behind the children: the program output of the whole range. */
  readonly output: readonly bigint[];
}

/**
 * Reads the input of an aggregator out of its output: the number of children, for each its size in words, the hash of
 * the OS, a ten-word header, two lists of messages and a full difference, in which each place has its value before and after.
 */
export function aggregatedChildren(words: readonly bigint[]): AggregatedChildren {
  let position = 0;
  const take = (): bigint => {
    const word = words[position++];
    if (word === undefined) throw new Error('the output ends early');
    return word;
  };
  const slots = new Map<string, bigint>();
  const classes = new Map<bigint, bigint>();
  const remember = <K>(map: Map<K, bigint>, key: K, value: bigint) => {
    if (!map.has(key)) map.set(key, value);
  };

  const updates: StateUpdate[] = [];
  for (let children = Number(take()); children > 0; children--) {
    const end = position + Number(take());
    take();
    const header = Array.from({ length: HEADER_WORDS }, take);
    for (let messageLists = 2; messageLists > 0; messageLists--) {
      const size = Number(take());
      position += size;
    }
    const diff = {
      storageDiffs: [] as { address: bigint; entries: { key: bigint; value: bigint }[] }[],
      nonces: [] as { address: bigint; nonce: bigint }[],
      deployedContracts: [] as { address: bigint; classHash: bigint }[],
      replacedClasses: [] as { address: bigint; classHash: bigint }[],
      declaredClasses: [] as { classHash: bigint; compiledClassHash: bigint }[],
      migratedCompiledClasses: [],
      deprecatedDeclaredClasses: [],
    };
    for (let contracts = Number(take()); contracts > 0; contracts--) {
      const [address, nonceBefore, nonce, classBefore, classHash] = [take(), take(), take(), take(), take()];
      remember(classes, address, classBefore);
      if (nonce !== nonceBefore) diff.nonces.push({ address, nonce });
      if (classHash !== classBefore)
        (classBefore === 0n ? diff.deployedContracts : diff.replacedClasses).push({ address, classHash });
      const entries: { key: bigint; value: bigint }[] = [];
      for (let writes = Number(take()); writes > 0; writes--) {
        const [key, valueBefore, value] = [take(), take(), take()];
        remember(slots, `${address}/${key}`, valueBefore);
        entries.push({ key, value });
      }
      diff.storageDiffs.push({ address, entries });
    }
    for (let declared = Number(take()); declared > 0; declared--) {
      const [classHash, , compiledClassHash] = [take(), take(), take()];
      diff.declaredClasses.push({ classHash, compiledClassHash });
    }
    if (position !== end) throw new Error(`the child ends at ${position}, not at ${end}`);
    updates.push({ blockHash: header[5] ?? 0n, oldRoot: header[0] ?? 0n, newRoot: header[1] ?? 0n, stateDiff: diff });
  }
  return {
    updates,
    before: {
      classHash: (address) => classes.get(address) || undefined,
      storage: (address, key) => slots.get(`${address}/${key}`) ?? 0n,
    },
    output: words.slice(position),
  };
}
