/** One block's (or squashed range's) change of state, as `starknet_getStateUpdate` gives it, in integers. */
export interface StateUpdate {
  readonly blockHash: bigint;
  readonly oldRoot: bigint;
  readonly newRoot: bigint;
  readonly stateDiff: StateDiff;
}

export interface StateDiff {
  readonly storageDiffs: readonly {
    readonly address: bigint;
    readonly entries: readonly { readonly key: bigint; readonly value: bigint }[];
  }[];
  readonly nonces: readonly { readonly address: bigint; readonly nonce: bigint }[];
  readonly deployedContracts: readonly { readonly address: bigint; readonly classHash: bigint }[];
  readonly replacedClasses: readonly { readonly address: bigint; readonly classHash: bigint }[];
  readonly declaredClasses: readonly { readonly classHash: bigint; readonly compiledClassHash: bigint }[];
  readonly migratedCompiledClasses: readonly { readonly classHash: bigint; readonly compiledClassHash: bigint }[];
  readonly deprecatedDeclaredClasses: readonly bigint[];
}
