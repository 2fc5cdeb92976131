import type { StateDiff } from './state-update.ts';

export interface ContractWrites {
  readonly address: bigint;
  readonly entries: readonly { readonly key: bigint; readonly value: bigint }[];
}

/** True when both lists write the same in the same order; contracts without writes do not count. */
export function sameWrites(a: readonly ContractWrites[], b: readonly ContractWrites[]): boolean {
  const others = b.filter(hasWrites);
  const writing = a.filter(hasWrites);
  return sameList(
    writing,
    others,
    (left, right) =>
      left.address === right.address &&
      sameList(left.entries, right.entries, (x, y) => x.key === y.key && x.value === y.value),
  );
}

/** True when both change the same of contracts, in the same order. Classes that were declared or migrated are not compared. */
export function sameContractChanges(a: StateDiff, b: StateDiff): boolean {
  const sameClass = (x: { address: bigint; classHash: bigint }, y: { address: bigint; classHash: bigint }) =>
    x.address === y.address && x.classHash === y.classHash;
  return (
    sameWrites(a.storageDiffs, b.storageDiffs) &&
    sameList(a.nonces, b.nonces, (x, y) => x.address === y.address && x.nonce === y.nonce) &&
    sameList(a.deployedContracts, b.deployedContracts, sameClass) &&
    sameList(a.replacedClasses, b.replacedClasses, sameClass)
  );
}

function hasWrites({ entries }: ContractWrites): boolean {
  return entries.length > 0;
}

function sameList<T>(a: readonly T[], b: readonly T[], same: (a: T, b: T) => boolean): boolean {
  return (
    a.length === b.length &&
    a.every((item, index) => {
      const other = b[index];
      return other !== undefined && same(item, other);
    })
  );
}
