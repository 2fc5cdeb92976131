import { contractsNeedingNonce } from '../../starknet/da-words.ts';
import type { BlockHeader, StorageSlot } from '../../starknet/starknet-node.ts';
import { compareVersions, daLayoutFor } from '../../starknet/starknet-version.ts';
import type { StateUpdate } from '../../starknet/state-update.ts';
import type { RecordedBlock } from '../chain/recorded-block.ts';

/** Contract that numbers addresses and keys, from Starknet 0.13.4 on. */
const ALIAS_CONTRACT = 2n;
const ALIASES_SINCE = '0.13.4';
/** Below it, addresses and keys stand for themselves; contracts with such an address keep their keys too. */
const FIRST_ALIASED = 0x80n;

export interface BlockLookups {
  /** To be asked at the end of the block before the recording. */
  readonly slots: readonly StorageSlot[];
  /** To be asked at the end of the block before the recording. */
  readonly classes: readonly bigint[];
  /** To be asked at the end of the block itself; unchanged since the recording began. */
  readonly nonces: readonly bigint[];
}

/**
 * Decides which look-ups a block adds to a recording. The pipeline needs, for the block or for any range that contains it: the
 * nonce of each contract that the old layout publishes without a change of nonce; from 0.13.4 on, the alias of every address and key; and
 * to squash a range, the former value of each written slot and the former class of each contract.
 */
export class LookupPlanner {
  readonly #firstBlock: number;
  readonly #slots = new Set<string>();
  readonly #classes = new Set<bigint>();
  readonly #nonces = new Set<bigint>();
  readonly #deployed = new Set<bigint>();

  constructor(firstBlock: number) {
    this.#firstBlock = firstBlock;
  }

  /** Look-ups of the next block; each is planned once. Blocks come in ascending order. */
  plan(header: BlockHeader, update: StateUpdate): BlockLookups {
    const diff = update.stateDiff;
    for (const { address } of diff.deployedContracts) this.#deployed.add(address);
    for (const { address } of diff.nonces) this.#nonces.add(address);
    // Before block 0 there was nothing, and a contract that the recording deploys was empty.
    if (this.#firstBlock === 0) return { slots: [], classes: [], nonces: [] };
    const existed = (address: bigint): boolean => !this.#deployed.has(address);

    const touched = touchedContracts(update);
    const wanted = [...writtenSlots(update), ...aliasSlots(header, update, touched)];
    const needingNonce = daLayoutFor(header.starknetVersion) === 'old' ? contractsNeedingNonce(update) : [];
    return {
      slots: wanted.filter((slot) => existed(slot.address) && addNew(this.#slots, slotName(slot))),
      classes: touched.filter((address) => existed(address) && addNew(this.#classes, address)),
      nonces: needingNonce.filter((address) => existed(address) && addNew(this.#nonces, address)),
    };
  }

  /** Takes in a block that is already recorded. */
  skip({ header, update, before }: RecordedBlock): void {
    this.plan(header, update);
    for (const slot of before.storage) this.#slots.add(slotName(slot));
  }
}

function touchedContracts({ stateDiff: diff }: StateUpdate): bigint[] {
  const all = [diff.storageDiffs, diff.nonces, diff.deployedContracts, diff.replacedClasses].flatMap((items) =>
    items.map(({ address }) => address),
  );
  return [...new Set(all)];
}

function writtenSlots({ stateDiff }: StateUpdate): StorageSlot[] {
  return stateDiff.storageDiffs.flatMap(({ address, entries }) => entries.map(({ key }) => ({ address, key })));
}

function aliasSlots(header: BlockHeader, update: StateUpdate, touched: readonly bigint[]): StorageSlot[] {
  if (compareVersions(header.starknetVersion, ALIASES_SINCE) < 0) return [];
  const keys = update.stateDiff.storageDiffs
    .filter(({ address }) => address >= FIRST_ALIASED)
    .flatMap(({ entries }) => entries.map(({ key }) => key));
  return [...touched, ...keys]
    .filter((value) => value >= FIRST_ALIASED)
    .map((key) => ({ address: ALIAS_CONTRACT, key }));
}

function slotName({ address, key }: StorageSlot): string {
  return `${address.toString(36)}.${key.toString(36)}`;
}

/** True when `value` was not in the set yet. */
function addNew<T>(set: Set<T>, value: T): boolean {
  if (set.has(value)) return false;
  set.add(value);
  return true;
}
