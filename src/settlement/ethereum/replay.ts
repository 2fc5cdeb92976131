import type { Hex } from 'viem';
import { parseBlobTransaction } from './blob-transaction.ts';
import type { CallRequest, EthereumClient } from './ethereum-client.ts';
import { revertReason } from './revert-reason.ts';
import { EthereumRpcError } from './rpc-error.ts';

/**
 * Why a mined transaction reverted: its call run again on the state after its block, then on the state before it
 * (another transaction of the same block may have been the reason). A receipt does not say.
 */
export async function replayRevert(
  client: EthereumClient,
  from: Hex,
  raw: Uint8Array,
  block: number,
  signal: AbortSignal,
): Promise<string> {
  const { body } = parseBlobTransaction(raw);
  const call: CallRequest = {
    from,
    to: body.to,
    data: body.data,
    gas: body.gasLimit,
    blobVersionedHashes: body.blobVersionedHashes,
  };
  for (const at of [block, Math.max(0, block - 1)]) {
    try {
      await client.call(call, at, signal);
    } catch (error) {
      const reason = revertReason(error);
      if (reason !== undefined) return reason;
      // A node that has forgotten the state of that block will not remember it later: better no reason than no result.
      if (error instanceof EthereumRpcError) return `unknown (${error.rpcMessage})`;
      throw error;
    }
  }
  return 'unknown (the call passes when it is run again)';
}
