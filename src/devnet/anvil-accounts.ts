import { toHex } from 'viem';
import { mnemonicToAccount } from 'viem/accounts';

/**
 * The mnemonic that Anvil, Hardhat and others fund on a fresh local chain. It is public: whoever reads this knows its
 * keys, so they are for chains that hold nothing of value.
 */
export const ANVIL_MNEMONIC = 'test test test test test test test test test test test junk';

export interface DevAccount {
  /** EIP-55 checksummed. */
  readonly address: `0x${string}`;
  readonly privateKey: `0x${string}`;
}

/** Account at `m/44'/60'/0'/0/<index>` of {@link ANVIL_MNEMONIC}. */
function anvilAccount(index: number): DevAccount {
  const account = mnemonicToAccount(ANVIL_MNEMONIC, { addressIndex: index });
  const key = account.getHdKey().privateKey;
  if (key === null) throw new Error(`account ${index} has no private key`);
  return { address: account.address, privateKey: toHex(key) };
}

/** Account 0 settles and deploys, account 1 registers facts, account 2 sends messages to L2. */
export const ANVIL_ACCOUNTS = [anvilAccount(0), anvilAccount(1), anvilAccount(2)] as const;
