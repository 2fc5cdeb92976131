import type { Hex } from 'viem';
import type { Intent, IntentVariant } from '../../database/intent-store.ts';
import { OrchestratorError } from '../../errors/orchestrator-error.ts';
import type { BlockTag, EthereumBlock, EthereumClient, EthereumReceipt } from './ethereum-client.ts';

/** What the chain says about an intent's variants. */
export type Standing =
  | {
      readonly kind: 'mined';
      readonly variant: IntentVariant;
      readonly receipt: EthereumReceipt;
      /** 1 = in the newest block. */
      readonly confirmations: number;
      readonly head: EthereumBlock;
    }
  /** There is a receipt, but its block is not, or no longer, part of the chain. */
  | { readonly kind: 'displaced'; readonly block: number; readonly head: EthereumBlock }
  | { readonly kind: 'unmined'; readonly head: EthereumBlock };

/**
 * Looks for a receipt of any variant. A success counts whichever variant it is; a revert counts only for the current
 * nonce of the current key, since one of an older nonce or key was answered by signing anew. A failing look-up fails: it never means "not mined".
 */
export async function standingOf(client: EthereumClient, intent: Intent, signal: AbortSignal): Promise<Standing> {
  const found = await Promise.all(
    intent.variants.map(async (variant) => ({ variant, receipt: await client.receipt(variant.hash as Hex, signal) })),
  );
  const current = newestVariant(intent);
  let best: { variant: IntentVariant; receipt: EthereumReceipt } | undefined;
  for (const { variant, receipt } of found) {
    if (receipt === undefined) continue;
    if (receipt.status === 'success') best = { variant, receipt };
    else if (haveOneNonce(variant, current) && best?.receipt.status !== 'success') best = { variant, receipt };
  }
  if (best === undefined) return { kind: 'unmined', head: await headOf(client, signal) };
  const { variant, receipt } = best;
  const canonical = await client.block(receipt.blockNumber, signal);
  const head = await headOf(client, signal);
  const confirmations = head.number - receipt.blockNumber + 1;
  if (canonical?.hash !== receipt.blockHash || confirmations < 1)
    return { kind: 'displaced', block: receipt.blockNumber, head };
  return { kind: 'mined', variant, receipt, confirmations, head };
}

/** Number of the block at that depth; 1 = the newest. */
export function heightAt(head: EthereumBlock, confirmations: number): number {
  return Math.max(0, head.number - (confirmations - 1));
}

export interface NonceUse {
  readonly head: EthereumBlock;
  readonly standing: Standing;
  /** The nonce of the newest variant is used, as deep as a settled update. */
  readonly isDeep: boolean;
}

/**
 * Whether a transaction used the intent's nonce, and whether it is one of ours: where the use is deep and the standing is
 * still `unmined`, it is not. The count is read before the receipts: those of what it counts are there by then.
 */
export async function nonceUseOf(
  client: EthereumClient,
  intent: Intent,
  confirmations: number,
  signal: AbortSignal,
): Promise<NonceUse> {
  const { signer, nonce } = newestVariant(intent);
  const head = await headOf(client, signal);
  const count = await client.transactionCount(signer as Hex, heightAt(head, confirmations), signal);
  return { head, standing: await standingOf(client, intent, signal), isDeep: count > nonce };
}

export function headOf(client: EthereumClient, signal?: AbortSignal): Promise<EthereumBlock> {
  return blockAt(client, 'latest', signal);
}

/** A block that must exist; a node that does not have it is behind its peers, or was reset. */
export async function blockAt(client: EthereumClient, at: BlockTag, signal?: AbortSignal): Promise<EthereumBlock> {
  const block = await client.block(at, signal);
  if (block !== undefined) return block;
  throw new OrchestratorError('SETTLEMENT_ANSWER_INVALID', `the Ethereum node does not have block ${at}`, {
    retry: 'dependency-down',
    dependency: 'ethereum-node',
  });
}

/** Whether at most one of both variants can ever be mined. */
export function haveOneNonce(a: IntentVariant, b: IntentVariant): boolean {
  return a.nonce === b.nonce && a.signer === b.signer;
}

export function newestVariant(intent: Intent): IntentVariant {
  const variant = intent.variants.at(-1);
  if (variant !== undefined) return variant;
  throw new OrchestratorError('DATABASE_CORRUPT', `intent ${intent.key} has no signed variant`, {
    context: { key: intent.key },
  });
}
