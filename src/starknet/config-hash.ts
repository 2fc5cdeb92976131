import { pedersen } from '@scure/starknet';
import { shortString } from './felt.ts';

/** Fee token (STRK) of the public Starknet networks, and by default of appchains. */
const STRK_FEE_TOKEN = 0x04718f5a0fc34cc1af16a1cdee98ffb20c31f5cd61d6ab07201858f4287c938dn;

/**
 * Config hash of the Starknet OS before 0.14.1: Pedersen array hash of `["StarknetOsConfig3", chain id, fee token]`.
 * Word 7 of the OS output, and a constant of the core contract.
 */
export function configHash(chainId: bigint, feeToken: bigint = STRK_FEE_TOKEN): bigint {
  const elements = [shortString('StarknetOsConfig3'), chainId, feeToken];
  let hash = 0n;
  for (const element of [...elements, BigInt(elements.length)]) hash = BigInt(pedersen(hash, element));
  return hash;
}
