import { decodeErrorResult, type Hex } from 'viem';
import { EthereumRpcError, errorData } from './rpc-error.ts';

/**
 * Why a contract refused a call: its own word where it gave one (`INVALID_PREVIOUS_ROOT`), `Panic(0x11)`,
 * `custom error 0x1234abcd`, `out of gas` or `no reason given`; undefined when the error is not about a revert.
 */
export function revertReason(error: unknown): string | undefined {
  if (!(error instanceof EthereumRpcError)) return undefined;
  const text = error.rpcMessage;
  if (/out ?of ?gas|gas required exceeds|intrinsic gas/i.test(text)) return 'out of gas';
  const data = errorData(error.data);
  const reverted = error.rpcCode === 3 || /revert|vm execution error/i.test(text);
  if (!reverted && (data === undefined || data === '0x')) return undefined;
  const named = data === undefined || data === '0x' ? undefined : decode(data);
  return named ?? reasonInText(text) ?? 'no reason given';
}

function decode(data: Hex): string {
  try {
    const { errorName, args } = decodeErrorResult({ data, abi: [] });
    if (errorName === 'Error') return String(args?.[0]);
    if (errorName === 'Panic') return `Panic(0x${BigInt(args?.[0] as bigint).toString(16)})`;
    return errorName;
  } catch {
    // Neither of Solidity's own errors: its selector is all that can be said without the contract's source.
    return `custom error ${data.slice(0, 10)}`;
  }
}

function reasonInText(text: string): string | undefined {
  return /reverted(?: with reason(?: string)?)?[:\s]+['"]?([^'"]+?)['"]?$/i.exec(text)?.[1];
}

/**
 * What a reason of the core contract means for an update that has not been sent.
 *
 * - `position`: the contract does not stand where the update starts; whether it is ahead or behind, its position says.
 * - `waiting`: the fact is not registered yet.
 * - `blind`: the node did not hand the blob hashes to the contract, so the call says nothing.
 * - `wrong`: the update can never be accepted as it is, or this key may not send it.
 */
export type RevertMeaning = 'position' | 'waiting' | 'blind' | 'wrong';

export function meaningOf(reason: string): RevertMeaning {
  if (reason.includes('INVALID_PREV_BLOCK_NUMBER') || reason.includes('INVALID_NEW_BLOCK_NUMBER')) return 'position';
  if (reason.includes('NO_STATE_TRANSITION_PROOF')) return 'waiting';
  if (reason.includes('INVALID_BLOB_INDEX')) return 'blind';
  return 'wrong';
}

const HINTS: Readonly<Record<string, string>> = {
  ONLY_OPERATOR: 'Have the governor of the core contract call registerOperator(address) for the settlement key.',
  INVALID_CONFIG_HASH: 'The chain was proven with another OS configuration than the contract was set up with.',
  AGGREGATOR_MODE_INVALID_OS_PROGRAM_HASH: 'The block was proven with another OS program than the contract expects.',
  INVALID_PREVIOUS_ROOT: 'The contract settled another state than the one this block was built on.',
  INVALID_PREV_BLOCK_HASH: 'The contract settled another block than the parent of this one.',
  UNEXPECTED_KZG_DA_FLAG: 'The block must be proven with KZG data availability (word 8 = 1).',
  INVALID_MESSAGE_TO_CONSUME: 'A message to L2 that the block consumes was never sent through this contract.',
};

/** One sentence about what to do, for the reasons where there is one. */
export function hintFor(reason: string): string | undefined {
  return Object.entries(HINTS).find(([name]) => reason.includes(name))?.[1];
}
