import { feltToHex } from '../../starknet/felt.ts';
import { type ChangeLog, logOf } from './change-log.ts';
import type { RecordedBlock } from './recorded-block.ts';
import { NotRecorded } from './served-chain.ts';

type Slots<T> = Map<bigint, Map<bigint, T>>;

/**
 * State at any block of a recording: the changes that its blocks made, and below them what was recorded of the block before.
 * Nothing is guessed; only these are concluded: a contract that the recording deploys was absent and empty before, and
 * before block 0 there was nothing.
 */
export class RecordedState {
  readonly #firstBlock: number;
  readonly #storage: Slots<ChangeLog<bigint>> = new Map();
  readonly #nonces = new Map<bigint, ChangeLog<bigint>>();
  readonly #classes = new Map<bigint, ChangeLog<bigint>>();
  readonly #deployedAt = new Map<bigint, number>();
  readonly #storageBefore: Slots<bigint> = new Map();
  readonly #noncesBefore = new Map<bigint, bigint>();
  readonly #classesBefore = new Map<bigint, bigint | undefined>();

  constructor(firstBlock: number) {
    this.#firstBlock = firstBlock;
  }

  /** Blocks are added in ascending order. */
  add({ header: { number }, update: { stateDiff }, before }: RecordedBlock): void {
    for (const { address, entries } of stateDiff.storageDiffs) {
      const slots = slotsOf(this.#storage, address);
      for (const { key, value } of entries) logOf(slots, key).add(number, value);
    }
    for (const { address, nonce } of stateDiff.nonces) logOf(this.#nonces, address).add(number, nonce);
    // A contract can be deployed and get another class in one block: the later class is the one it keeps.
    for (const { address, classHash } of stateDiff.deployedContracts) {
      logOf(this.#classes, address).add(number, classHash);
      this.#deployedAt.set(address, number);
    }
    for (const { address, classHash } of stateDiff.replacedClasses)
      logOf(this.#classes, address).add(number, classHash);

    for (const { address, key, value } of before.storage) slotsOf(this.#storageBefore, address).set(key, value);
    for (const { address, nonce } of before.nonces) this.#noncesBefore.set(address, nonce);
    for (const { address, classHash } of before.classes) this.#classesBefore.set(address, classHash);
  }

  storage(block: number, address: bigint, key: bigint): bigint {
    const value = this.#storage.get(address)?.get(key)?.at(block) ?? this.#storageBefore.get(address)?.get(key);
    if (value !== undefined) return value;
    if (this.#wasEmptyBefore(address)) return 0n;
    throw this.#notRecorded(`storage of contract ${feltToHex(address)} at key ${feltToHex(key)}`);
  }

  nonce(block: number, address: bigint): bigint | undefined {
    const changed = this.#nonces.get(address)?.at(block);
    if (changed !== undefined) return changed;
    const deployedAt = this.#deployedAt.get(address);
    if (deployedAt !== undefined) return deployedAt <= block ? 0n : undefined;
    const before = this.#noncesBefore.get(address);
    if (before !== undefined) return before;
    if (this.#wasEmptyBefore(address) || this.#isKnownAbsentBefore(address)) return undefined;
    throw this.#notRecorded(`nonce of contract ${feltToHex(address)}`);
  }

  classHash(block: number, address: bigint): bigint | undefined {
    const changed = this.#classes.get(address)?.at(block);
    if (changed !== undefined) return changed;
    if (this.#classesBefore.has(address)) return this.#classesBefore.get(address);
    if (this.#wasEmptyBefore(address)) return undefined;
    throw this.#notRecorded(`class of contract ${feltToHex(address)}`);
  }

  #wasEmptyBefore(address: bigint): boolean {
    return this.#firstBlock === 0 || this.#deployedAt.has(address);
  }

  #isKnownAbsentBefore(address: bigint): boolean {
    return this.#classesBefore.has(address) && this.#classesBefore.get(address) === undefined;
  }

  #notRecorded(what: string): NotRecorded {
    return new NotRecorded(`The recorded chain does not have the ${what} before block ${this.#firstBlock}`);
  }
}

function slotsOf<T>(slots: Slots<T>, address: bigint): Map<bigint, T> {
  const found = slots.get(address);
  if (found !== undefined) return found;
  const made = new Map<bigint, T>();
  slots.set(address, made);
  return made;
}
