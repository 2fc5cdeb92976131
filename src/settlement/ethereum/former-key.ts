import type { Hex } from 'viem';
import type { Intent } from '../../database/intent-store.ts';
import { newestVariant, nonceUseOf } from './chain-standing.ts';
import type { CoreContract } from './core-contract.ts';
import type { EthereumClient } from './ethereum-client.ts';

/** Only the key of the newest variant, which is not the one of now, could do something about it. */
export interface FormerKey {
  readonly kind: 'key';
  readonly reason: string;
}

export function formerKey(signer: string, what: string): FormerKey {
  const advice = 'run with that key, or unregister it as operator, upon which the update is signed anew';
  return { kind: 'key', reason: `key: the former key ${signer} signed the update, and ${what}; ${advice}` };
}

export interface SpentParts {
  readonly client: EthereumClient;
  readonly contract: CoreContract;
  /** Depth of a settled update. */
  readonly confirmations: number;
}

/**
 * Whether nothing can come any more of an intent that is in no block: its newest key is no operator, or a transaction that is
 * not ours used its nonce, as deep as a settled update.
 */
export async function isSpent(
  { client, contract, confirmations }: SpentParts,
  intent: Intent,
  signal: AbortSignal,
): Promise<boolean> {
  if ((await contract.isOperator(newestVariant(intent).signer as Hex, signal)) === false) return true;
  const { standing, isDeep } = await nonceUseOf(client, intent, confirmations, signal);
  return isDeep && standing.kind === 'unmined';
}
