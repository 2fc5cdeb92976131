import type { Intent } from '../../database/intent-store.ts';
import { headOf, newestVariant, standingOf } from './chain-standing.ts';
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
  const { signer, nonce } = newestVariant(intent);
  const account = signer as `0x${string}`;
  if ((await contract.isOperator(account, signal)) === false) return true;
  const head = await headOf(client, signal);
  const depth = Math.max(0, head.number - (confirmations - 1));
  if ((await client.transactionCount(account, depth, signal)) <= nonce) return false;
  return (await standingOf(client, intent, signal)).kind === 'unmined';
}
