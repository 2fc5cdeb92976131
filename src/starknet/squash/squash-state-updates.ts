import type { StorageSlot } from '../starknet-node.ts';
import type { StateDiff, StateUpdate } from '../state-update.ts';
import { ascending, sortStateUpdate } from '../state-update-order.ts';
import { isSystemContract } from '../system-contracts.ts';
import { MergedWrites } from './merged-writes.ts';

/** State at the end of the block before a range. An answer that is not known must be an error, not a zero. */
export interface StateBefore {
  /** Undefined for a contract that did not exist. Asked for what {@link contractsToLookUp} lists. */
  classHash(address: bigint): bigint | undefined;
  /** Asked for what {@link slotsToLookUp} lists. */
  storage(address: bigint, key: bigint): bigint;
}

/** The state before block 0. */
export const NOTHING_BEFORE: StateBefore = { classHash: () => undefined, storage: () => 0n };

/**
 * Consecutive state updates as one, in canonical order: the last write of storage, nonces and classes wins, and what does
 * not differ from the state before the range is dropped. Squashing is associative.
 *
 * - A contract that did not exist before has 0 everywhere, and so do the system contracts 0x1 and 0x2.
 * - Deployed, then replaced: deployed with the later class. Replaced, then back to the class before: dropped.
 * - Declared, then its compiled class migrated: declared with the later compiled class.
 * - Nonces, declared, migrated and deprecated classes only ever change, so they are kept as they are.
 *
 * @throws OrchestratorError CHAIN_BROKEN when the roots do not meet, STATE_UPDATE_INVALID without updates
 */
export function squashStateUpdates(updates: Iterable<StateUpdate>, before: StateBefore): StateUpdate {
  const writes = new MergedWrites();
  for (const update of updates) writes.add(update);
  return changesOf(writes, before);
}

/**
 * Contracts, ascending, whose class hash before the range {@link changesOf} needs: those written to, unless the range
 * deployed them, and those whose class it replaced.
 */
export function contractsToLookUp(writes: MergedWrites): bigint[] {
  const replaced = [...writes.contractClasses].filter(([, { deployed }]) => !deployed).map(([address]) => address);
  return [
    ...new Set([...[...writes.storage.keys()].filter((address) => mayHaveHadStorage(writes, address)), ...replaced]),
  ].sort(ascending);
}

/** Slots, ascending, whose value before the range {@link changesOf} needs: those written in contracts that existed. */
export function slotsToLookUp(writes: MergedWrites, existed: (address: bigint) => boolean): StorageSlot[] {
  const addresses = [...writes.storage.keys()].filter(
    (address) => mayHaveHadStorage(writes, address) && existed(address),
  );
  return addresses
    .sort(ascending)
    .flatMap((address) =>
      [...(writes.storage.get(address)?.keys() ?? [])].sort(ascending).map((key) => ({ address, key })),
    );
}

/** What of the writes differs from the state before, in canonical order. */
export function changesOf(writes: MergedWrites, before: StateBefore): StateUpdate {
  const storageDiffs = [...writes.storage].flatMap(([address, values]) => {
    const existed = mayHaveHadStorage(writes, address) && before.classHash(address) !== undefined;
    const entries = [...values]
      .filter(([key, value]) => value !== (existed ? before.storage(address, key) : 0n))
      .map(([key, value]) => ({ key, value }));
    return entries.length === 0 ? [] : [{ address, entries }];
  });
  const classes = [...writes.contractClasses];
  const compiled = [...writes.compiledClasses];
  const stateDiff: StateDiff = {
    storageDiffs,
    nonces: [...writes.nonces].map(([address, nonce]) => ({ address, nonce })),
    deployedContracts: classes
      .filter(([, { deployed }]) => deployed)
      .map(([address, { classHash }]) => ({ address, classHash })),
    replacedClasses: classes
      .filter(([address, { classHash, deployed }]) => !deployed && before.classHash(address) !== classHash)
      .map(([address, { classHash }]) => ({ address, classHash })),
    declaredClasses: compiled
      .filter(([, { declared }]) => declared)
      .map(([classHash, { compiledClassHash }]) => ({ classHash, compiledClassHash })),
    migratedCompiledClasses: compiled
      .filter(([, { declared }]) => !declared)
      .map(([classHash, { compiledClassHash }]) => ({ classHash, compiledClassHash })),
    deprecatedDeclaredClasses: [...writes.deprecatedClasses],
  };
  return sortStateUpdate({ ...writes.identity(), stateDiff });
}

function mayHaveHadStorage(writes: MergedWrites, address: bigint): boolean {
  return !isSystemContract(address) && !(writes.contractClasses.get(address)?.deployed ?? false);
}
