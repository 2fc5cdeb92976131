import fc from 'fast-check';
import type { StateBefore } from '../../src/starknet/squash/squash-state-updates.ts';
import type { StateUpdate } from '../../src/starknet/state-update.ts';
import { sortStateUpdate } from '../../src/starknet/state-update-order.ts';

/** One thing that a transaction does; what a chain would refuse is left out when the block is made. */
type Action =
  | { readonly kind: 'write'; readonly address: bigint; readonly key: bigint; readonly value: bigint }
  | { readonly kind: 'nonce'; readonly address: bigint }
  | { readonly kind: 'class'; readonly address: bigint; readonly classHash: bigint }
  | { readonly kind: 'compile'; readonly classHash: bigint; readonly compiledClassHash: bigint }
  | { readonly kind: 'deprecated'; readonly classHash: bigint };

const small = (min: bigint, max: bigint) => fc.bigInt({ min, max });
const action: fc.Arbitrary<Action> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      kind: fc.constant('write' as const),
      address: small(1n, 5n),
      key: small(0n, 2n),
      value: small(0n, 2n),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({ kind: fc.constant('class' as const), address: small(3n, 5n), classHash: small(1n, 3n) }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('nonce' as const), address: small(3n, 5n) }) },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant('compile' as const),
      classHash: small(1n, 3n),
      compiledClassHash: small(1n, 3n),
    }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('deprecated' as const), classHash: small(10n, 12n) }) },
);

/** State of a tiny chain, after some block. */
export class ChainState implements StateBefore {
  readonly slots = new Map<string, bigint>();
  readonly nonces = new Map<bigint, bigint>();
  readonly classes = new Map<bigint, bigint>();
  readonly compiled = new Map<bigint, bigint>();

  copy(): ChainState {
    const copy = new ChainState();
    for (const name of ['slots', 'nonces', 'classes', 'compiled'] as const)
      for (const [key, value] of this[name]) (copy[name] as Map<unknown, bigint>).set(key, value);
    return copy;
  }

  classHash(address: bigint): bigint | undefined {
    return this.classes.get(address);
  }

  storage(address: bigint, key: bigint): bigint {
    return this.slots.get(`${address}/${key}`) ?? 0n;
  }
}

/** Blocks of a tiny chain, and the state before the first and after each of them. */
export interface TinyChain {
  readonly updates: readonly StateUpdate[];
  /** One more than updates: `states[i]` is the one before `updates[i]`. */
  readonly states: readonly ChainState[];
}

export function tinyChain(blocks: { minLength: number; maxLength: number }): fc.Arbitrary<TinyChain> {
  return fc.array(fc.array(action, { maxLength: 8 }), blocks).map((blocks) => {
    const states = [new ChainState()];
    const updates = blocks.map((actions, index) => {
      const state = (states[index] ?? new ChainState()).copy();
      states.push(state);
      return blockOf(actions, state, BigInt(index));
    });
    return { updates, states };
  });
}

/** Applies the actions to the state and says what they did, writes that change nothing included. */
function blockOf(actions: readonly Action[], state: ChainState, number: bigint): StateUpdate {
  const storage = new Map<bigint, Map<bigint, bigint>>();
  const nonces = new Map<bigint, bigint>();
  const deployed = new Map<bigint, bigint>();
  const replaced = new Map<bigint, bigint>();
  const declared = new Map<bigint, bigint>();
  const migrated = new Map<bigint, bigint>();
  const deprecated = new Set<bigint>();
  for (const action of actions) {
    if (action.kind === 'write') {
      const { address, key } = action;
      const isSystem = address < 3n;
      if (!isSystem && !state.classes.has(address)) continue;
      // The OS writes block hashes and aliases, which are never 0.
      const value = isSystem ? action.value + 1n : action.value;
      state.slots.set(`${address}/${key}`, value);
      storage.set(address, (storage.get(address) ?? new Map<bigint, bigint>()).set(key, value));
    } else if (action.kind === 'class') {
      const isNew = !state.classes.has(action.address) || deployed.has(action.address);
      (isNew ? deployed : replaced).set(action.address, action.classHash);
      state.classes.set(action.address, action.classHash);
    } else if (action.kind === 'nonce') {
      if (!state.classes.has(action.address)) continue;
      const nonce = (state.nonces.get(action.address) ?? 0n) + 1n;
      state.nonces.set(action.address, nonce);
      nonces.set(action.address, nonce);
    } else if (action.kind === 'compile') {
      const isNew = !state.compiled.has(action.classHash) || declared.has(action.classHash);
      (isNew ? declared : migrated).set(action.classHash, action.compiledClassHash);
      state.compiled.set(action.classHash, action.compiledClassHash);
    } else deprecated.add(action.classHash);
  }
  const ofContracts = (map: Map<bigint, bigint>) => [...map].map(([address, classHash]) => ({ address, classHash }));
  const compiled = (map: Map<bigint, bigint>) =>
    [...map].map(([classHash, compiledClassHash]) => ({ classHash, compiledClassHash }));
  return {
    blockHash: 1000n + number,
    oldRoot: number,
    newRoot: number + 1n,
    stateDiff: {
      storageDiffs: [...storage].map(([address, values]) => ({
        address,
        entries: [...values].map(([key, value]) => ({ key, value })),
      })),
      nonces: [...nonces].map(([address, nonce]) => ({ address, nonce })),
      deployedContracts: ofContracts(deployed),
      replacedClasses: ofContracts(replaced),
      declaredClasses: compiled(declared),
      migratedCompiledClasses: compiled(migrated),
      deprecatedDeclaredClasses: [...deprecated],
    },
  };
}

/** The difference of the states before block `first` and after block `last`, found by comparing them. */
export function differenceOf({ updates, states }: TinyChain, first: number, last: number): StateUpdate {
  const before = states[first] ?? new ChainState();
  const after = states[last + 1] ?? new ChainState();
  const range = updates.slice(first, last + 1);
  const touched = <T>(list: (update: StateUpdate) => readonly T[]) => range.flatMap(list);
  const writtenSystemSlots = touched(({ stateDiff }) => stateDiff.storageDiffs)
    .filter(({ address }) => address < 3n)
    .flatMap(({ address, entries }) => entries.map(({ key }) => `${address}/${key}`));
  const changedSlots = [...after.slots.keys()].filter(
    (slot) => after.slots.get(slot) !== (before.slots.get(slot) ?? 0n),
  );
  const slots = [...new Set([...changedSlots.filter((slot) => Number.parseInt(slot, 10) >= 3), ...writtenSystemSlots])];
  const entriesOf = new Map<bigint, { key: bigint; value: bigint }[]>();
  for (const slot of slots) {
    const [address = 0n, key = 0n] = slot.split('/').map(BigInt);
    const entries = entriesOf.get(address) ?? [];
    entriesOf.set(address, entries);
    entries.push({ key, value: after.storage(address, key) });
  }
  const contracts = [...after.classes].map(([address, classHash]) => ({ address, classHash }));
  const compiledTouched = new Set(
    touched(({ stateDiff }) => [...stateDiff.declaredClasses, ...stateDiff.migratedCompiledClasses]).map(
      ({ classHash }) => classHash,
    ),
  );
  const compiled = [...after.compiled]
    .filter(([classHash]) => compiledTouched.has(classHash))
    .map(([classHash, compiledClassHash]) => ({ classHash, compiledClassHash }));
  return sortStateUpdate({
    blockHash: range.at(-1)?.blockHash ?? 0n,
    oldRoot: BigInt(first),
    newRoot: BigInt(last + 1),
    stateDiff: {
      storageDiffs: [...entriesOf].map(([address, entries]) => ({ address, entries })),
      nonces: [...after.nonces]
        .filter(([address, nonce]) => nonce !== before.nonces.get(address))
        .map(([address, nonce]) => ({ address, nonce })),
      deployedContracts: contracts.filter(({ address }) => !before.classes.has(address)),
      replacedClasses: contracts.filter(
        ({ address, classHash }) => before.classes.has(address) && before.classes.get(address) !== classHash,
      ),
      declaredClasses: compiled.filter(({ classHash }) => !before.compiled.has(classHash)),
      migratedCompiledClasses: compiled.filter(({ classHash }) => before.compiled.has(classHash)),
      deprecatedDeclaredClasses: [...new Set(touched(({ stateDiff }) => stateDiff.deprecatedDeclaredClasses))],
    },
  });
}
