import { bytesToHex, hexToBytes, keccak256, parseTransaction } from 'viem';
import { OrchestratorError } from '../../errors/orchestrator-error.ts';
import { parseBlobTransaction } from '../../settlement/ethereum/blob-transaction.ts';
import type { TransactionFacts } from './transaction-report.ts';

/**
 * Reads a signed transaction as it goes over the wire (EIP-2718): a blob transaction with its blobs, in either wrapper, or
 * any other without.
 *
 * @throws OrchestratorError INPUT_INVALID for bytes that are none
 */
export function readRawTransaction(bytes: Uint8Array): TransactionFacts {
  return readWithBlobs(bytes) ?? readBody(bytes);
}

function readWithBlobs(bytes: Uint8Array): TransactionFacts | undefined {
  try {
    const { hash, body, sidecar } = parseBlobTransaction(bytes);
    return {
      hash,
      to: body.to,
      nonce: body.nonce,
      blockNumber: undefined,
      input: hexToBytes(body.data),
      versionedHashes: body.blobVersionedHashes,
      blobs: sidecar.blobs,
      blobsNote: undefined,
    };
  } catch (error) {
    if (error instanceof OrchestratorError) return undefined;
    throw error;
  }
}

function readBody(bytes: Uint8Array): TransactionFacts {
  try {
    const parsed = parseTransaction(bytesToHex(bytes));
    const versionedHashes = parsed.blobVersionedHashes ?? [];
    return {
      hash: keccak256(bytes),
      to: parsed.to ?? undefined,
      nonce: parsed.nonce,
      blockNumber: undefined,
      input: hexToBytes(parsed.data ?? '0x'),
      versionedHashes,
      blobs: undefined,
      blobsNote: versionedHashes.length === 0 ? undefined : 'The transaction is without its blobs.',
    };
  } catch (cause) {
    throw new OrchestratorError('INPUT_INVALID', `The signed transaction of type ${bytes[0] ?? 0} cannot be read.`, {
      cause,
    });
  }
}
