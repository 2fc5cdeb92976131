import { type Hex, hexToBytes, isHex } from 'viem';
import { systemClock } from '../../clock/system-clock.ts';
import { OrchestratorError } from '../../errors/orchestrator-error.ts';
import { DEFAULT_JSON_RPC_HTTP, JsonRpcHttp } from '../../settlement/ethereum/json-rpc-http.ts';
import { BYTES_PER_BLOB } from '../../starknet/blob.ts';
import type { TransactionFacts } from './transaction-report.ts';

const NO_BLOBS_HERE =
  'The blobs are not shown: execution nodes do not keep them. A beacon node has them for about 18 days, an archive of blobs for longer.';

/**
 * A transaction from an Ethereum node, with its blobs where the node is an Anvil.
 *
 * @throws OrchestratorError INPUT_INVALID when the node does not know the transaction, SETTLEMENT_UNREACHABLE and the like
 *   when it does not answer
 */
export async function fetchTransaction(url: string, hash: Hex, signal: AbortSignal): Promise<TransactionFacts> {
  const rpc = new JsonRpcHttp({ ...DEFAULT_JSON_RPC_HTTP, url, clock: systemClock });
  const answer = await rpc.read('eth_getTransactionByHash', [hash], signal);
  if (answer === null)
    throw new OrchestratorError(
      'INPUT_INVALID',
      `The node at ${new URL(url).host} does not know the transaction ${hash}.`,
    );
  const facts = transactionFacts(answer);
  if (facts.versionedHashes.length === 0) return facts;
  const blobs = await fetchBlobs(rpc, hash, signal);
  return blobs === undefined ? { ...facts, blobsNote: NO_BLOBS_HERE } : { ...facts, blobs, blobsNote: undefined };
}

/**
 * A transaction as `eth_getTransactionByHash` answers it.
 *
 * @throws OrchestratorError INPUT_INVALID when it has no input
 */
export function transactionFacts(answer: unknown): TransactionFacts {
  const input = member(answer, 'input');
  const hash = member(answer, 'hash');
  const to = member(answer, 'to');
  const hashes = member(answer, 'blobVersionedHashes');
  if (!isHex(input) || input.length % 2 !== 0 || !isHex(hash))
    throw new OrchestratorError('INPUT_INVALID', 'The transaction has no hash or no input that is hex.');
  const versionedHashes = Array.isArray(hashes) ? hashes.filter((item): item is Hex => isHex(item)) : [];
  return {
    hash,
    to: isHex(to) ? to : undefined,
    nonce: numberOf(member(answer, 'nonce')),
    blockNumber: numberOf(member(answer, 'blockNumber')),
    input: hexToBytes(input),
    versionedHashes,
    blobs: undefined,
    blobsNote: versionedHashes.length === 0 ? undefined : NO_BLOBS_HERE,
  };
}

/** Undefined from a node that does not have them, whatever it says to that. */
async function fetchBlobs(rpc: JsonRpcHttp, hash: Hex, signal: AbortSignal): Promise<Uint8Array[] | undefined> {
  try {
    const answer = await rpc.once('anvil_getBlobsByTransactionHash', [hash], signal);
    if (!Array.isArray(answer) || answer.length === 0) return undefined;
    const blobs = answer.map((blob: unknown) => (isHex(blob) ? hexToBytes(blob) : new Uint8Array()));
    return blobs.every(({ length }) => length === BYTES_PER_BLOB) ? blobs : undefined;
  } catch (error) {
    if (error instanceof OrchestratorError && !signal.aborted) return undefined;
    throw error;
  }
}

function numberOf(value: unknown): number | undefined {
  return isHex(value) && value.length > 2 && value.length <= 16 ? Number(value) : undefined;
}

function member(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? Reflect.get(value, name) : undefined;
}
