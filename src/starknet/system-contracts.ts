/** Contract that maps block numbers to block hashes; it has storage but neither class nor nonce. */
export const BLOCK_HASH_CONTRACT = 1n;

/** Contract that gives addresses and storage keys short names (Starknet 0.13.4); it has storage but neither class nor nonce. */
export const ALIAS_CONTRACT = 2n;

/** True for the contracts that the OS writes itself. */
export function isSystemContract(address: bigint): boolean {
  return address === BLOCK_HASH_CONTRACT || address === ALIAS_CONTRACT;
}
