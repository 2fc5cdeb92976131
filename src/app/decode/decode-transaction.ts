import { existsSync } from 'node:fs';
import { isHex } from 'viem';
import { OrchestratorError } from '../../errors/orchestrator-error.ts';
import { decodeTransactionFile } from './decode-file.ts';
import { fetchTransaction } from './fetch-transaction.ts';
import { reportTransaction, type TransactionReport } from './transaction-report.ts';

const HASH = /^0x[0-9a-fA-F]{64}$/;

/**
 * A transaction by its hash, from a node, or from a file.
 *
 * @throws OrchestratorError INPUT_INVALID, also for a hash without a node
 */
export async function decodeTransaction(
  hashOrPath: string,
  rpc: string | undefined,
  signal: AbortSignal,
): Promise<TransactionReport> {
  if (!HASH.test(hashOrPath) || !isHex(hashOrPath)) {
    if (isHex(hashOrPath) && !existsSync(hashOrPath)) {
      const message = `${hashOrPath} is no transaction hash, which has 64 hex digits after 0x, and there is no such file.`;
      throw new OrchestratorError('INPUT_INVALID', message);
    }
    return decodeTransactionFile(hashOrPath);
  }
  if (rpc === undefined)
    throw new OrchestratorError('INPUT_INVALID', 'A transaction hash can only be decoded with --rpc, the node to ask.');
  return reportTransaction(await fetchTransaction(rpc, hashOrPath, signal));
}
