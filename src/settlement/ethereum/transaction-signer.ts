import { type Hex, hexToBytes, type TransactionSerializableEIP1559 } from 'viem';
import { privateKeyToAccount } from 'viem/accounts';
import { OrchestratorError } from '../../errors/orchestrator-error.ts';
import type { BlobTransactionBody } from './blob-transaction.ts';

/**
 * One account's key, wherever it is kept. Signatures must be deterministic (RFC 6979): signing one body twice gives the
 * same bytes.
 */
export interface TransactionSigner {
  /** Lower case hex. */
  readonly address: Hex;
  /** Signed body of a blob transaction, `0x03 || rlp(fields)`, without blobs. */
  signBlobBody(body: BlobTransactionBody): Promise<Uint8Array>;
  /** Signed EIP-1559 transaction, `0x02 || rlp(fields)`. */
  signOrdinary(transaction: OrdinaryTransaction): Promise<Uint8Array>;
}

export interface OrdinaryTransaction {
  readonly chainId: number;
  readonly nonce: number;
  readonly to: Hex;
  readonly data: Hex;
  readonly gasLimit: bigint;
  readonly maxFeePerGas: bigint;
  readonly maxPriorityFeePerGas: bigint;
}

/** Signer over a key in memory. Fails with CONFIG_INVALID when it is not 32 bytes of hex in the curve's range; the error does not repeat it. */
export function privateKeySigner(privateKey: string): TransactionSigner {
  const account = accountOf(privateKey);
  return {
    address: account.address.toLowerCase() as Hex,
    signBlobBody: async ({ fees, gasLimit, ...body }) =>
      hexToBytes(
        await account.signTransaction({
          type: 'eip4844',
          ...body,
          ...fees,
          gas: gasLimit,
          blobVersionedHashes: [...body.blobVersionedHashes],
        }),
      ),
    signOrdinary: async ({ gasLimit, ...transaction }) => {
      const request: TransactionSerializableEIP1559 = { type: 'eip1559', ...transaction, gas: gasLimit };
      return hexToBytes(await account.signTransaction(request));
    },
  };
}

function accountOf(privateKey: string): ReturnType<typeof privateKeyToAccount> {
  const digits = /^(?:0x)?([0-9a-fA-F]{64})$/.exec(privateKey.trim())?.[1];
  try {
    if (digits !== undefined) return privateKeyToAccount(`0x${digits}`);
  } catch {
    // The library's error may quote the key, so it is not passed on as a cause.
  }
  throw new OrchestratorError('CONFIG_INVALID', 'the private key is not a secp256k1 key of 32 bytes in hex');
}
