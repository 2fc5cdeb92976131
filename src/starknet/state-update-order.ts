import type { StateUpdate } from './state-update.ts';

/** Order of felts as integers, for `sort`. */
export function ascending(a: bigint, b: bigint): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/**
 * The same update in the one order that squashing, aliasing and the words use: every list ascends by address, key or
 * class hash, as integers.
 */
export function sortStateUpdate(update: StateUpdate): StateUpdate {
  const diff = update.stateDiff;
  return {
    ...update,
    stateDiff: {
      storageDiffs: diff.storageDiffs
        .map(({ address, entries }) => ({ address, entries: entries.toSorted((a, b) => ascending(a.key, b.key)) }))
        .sort((a, b) => ascending(a.address, b.address)),
      nonces: diff.nonces.toSorted((a, b) => ascending(a.address, b.address)),
      deployedContracts: diff.deployedContracts.toSorted((a, b) => ascending(a.address, b.address)),
      replacedClasses: diff.replacedClasses.toSorted((a, b) => ascending(a.address, b.address)),
      declaredClasses: diff.declaredClasses.toSorted((a, b) => ascending(a.classHash, b.classHash)),
      migratedCompiledClasses: diff.migratedCompiledClasses.toSorted((a, b) => ascending(a.classHash, b.classHash)),
      deprecatedDeclaredClasses: diff.deprecatedDeclaredClasses.toSorted(ascending),
    },
  };
}
