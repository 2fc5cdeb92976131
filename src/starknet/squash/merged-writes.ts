import { OrchestratorError } from '../../errors/orchestrator-error.ts';
import { feltToHex } from '../felt.ts';
import type { StateUpdate } from '../state-update.ts';

/** Class of a contract after a range, and whether the range also deployed the contract. */
export interface ClassOfContract {
  readonly classHash: bigint;
  readonly deployed: boolean;
}

/** Compiled class after a range, and whether the range also declared the class. */
export interface CompiledClass {
  readonly compiledClassHash: bigint;
  readonly declared: boolean;
}

/**
 * What consecutive state updates leave behind, the last write of each place. Updates are added one by one, so that a
 * long range needs the memory of its result only. Whether a write changes anything is not known here.
 */
export class MergedWrites {
  readonly storage = new Map<bigint, Map<bigint, bigint>>();
  readonly nonces = new Map<bigint, bigint>();
  readonly contractClasses = new Map<bigint, ClassOfContract>();
  readonly compiledClasses = new Map<bigint, CompiledClass>();
  readonly deprecatedClasses = new Set<bigint>();
  #first: StateUpdate | undefined;
  #last: StateUpdate | undefined;

  /** @throws OrchestratorError CHAIN_BROKEN when the update does not start from the root at which the one before ended */
  add(update: StateUpdate): void {
    if (this.#last !== undefined && this.#last.newRoot !== update.oldRoot) {
      throw new OrchestratorError(
        'CHAIN_BROKEN',
        `the update of block hash ${feltToHex(update.blockHash)} starts from root ${feltToHex(update.oldRoot)}, but the one before it ends at ${feltToHex(this.#last.newRoot)}`,
        {
          context: { blockHash: feltToHex(update.blockHash) },
          hint: 'The updates are not of consecutive blocks of one chain; the node may have reorganised in between.',
        },
      );
    }
    this.#first ??= update;
    this.#last = update;
    const diff = update.stateDiff;
    for (const { address, entries } of diff.storageDiffs) {
      const values = this.storage.get(address) ?? new Map<bigint, bigint>();
      for (const { key, value } of entries) values.set(key, value);
      if (values.size > 0) this.storage.set(address, values);
    }
    for (const { address, nonce } of diff.nonces) this.nonces.set(address, nonce);
    // Within one update a deployment counts more than a replacement, as in the words.
    for (const { address, classHash } of diff.replacedClasses)
      this.contractClasses.set(address, { classHash, deployed: this.#isDeployed(address) });
    for (const { address, classHash } of diff.deployedContracts)
      this.contractClasses.set(address, { classHash, deployed: true });
    for (const { classHash, compiledClassHash } of diff.migratedCompiledClasses)
      this.compiledClasses.set(classHash, { compiledClassHash, declared: this.#isDeclared(classHash) });
    for (const { classHash, compiledClassHash } of diff.declaredClasses)
      this.compiledClasses.set(classHash, { compiledClassHash, declared: true });
    for (const classHash of diff.deprecatedDeclaredClasses) this.deprecatedClasses.add(classHash);
  }

  /**
   * Roots and block hash of the whole range.
   *
   * @throws OrchestratorError STATE_UPDATE_INVALID when nothing was added
   */
  identity(): Pick<StateUpdate, 'blockHash' | 'oldRoot' | 'newRoot'> {
    if (this.#first === undefined || this.#last === undefined)
      throw new OrchestratorError('STATE_UPDATE_INVALID', 'there are no state updates to squash');
    return { blockHash: this.#last.blockHash, oldRoot: this.#first.oldRoot, newRoot: this.#last.newRoot };
  }

  #isDeployed(address: bigint): boolean {
    return this.contractClasses.get(address)?.deployed ?? false;
  }

  #isDeclared(classHash: bigint): boolean {
    return this.compiledClasses.get(classHash)?.declared ?? false;
  }
}
