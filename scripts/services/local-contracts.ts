import { getContractAddress } from 'viem';
import { ANVIL_ACCOUNTS } from '../../src/devnet/anvil-accounts.ts';

const [settler, registrar] = ANVIL_ACCOUNTS;

/** Where the contracts of the local stack are: each is the first one that its account deploys. */
export const CORE_ADDRESS = getContractAddress({ from: settler.address, nonce: 0n });
export const REGISTRY_ADDRESS = getContractAddress({ from: registrar.address, nonce: 0n });
