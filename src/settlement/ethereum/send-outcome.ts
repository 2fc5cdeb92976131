import type { EthereumClient } from './ethereum-client.ts';
import { EthereumRpcError } from './rpc-error.ts';

/**
 * What a node said about a transaction that was handed to it.
 *
 * - `accepted`: it is in the pool or in a block, now or since before.
 * - `nonce-too-low`: the account has used the nonce, for this transaction or another.
 * - `nonce-too-high`: a lower nonce is missing, and blob pools take no gaps.
 * - `underpriced`: another transaction holds the nonce and offers more than half, or the fees are below what is asked.
 * - `insufficient-funds`: the balance does not cover the worst case.
 * - `pool-full`: the pool takes no more now, from this account or from anybody.
 * - `refused`: anything else; the same bytes will hardly be taken later.
 */
export type SendOutcome =
  | 'accepted'
  | 'nonce-too-low'
  | 'nonce-too-high'
  | 'underpriced'
  | 'insufficient-funds'
  | 'pool-full'
  | 'refused';

/**
 * Reads the text of a refusal: JSON-RPC gives every one of them the code -32000 (some nodes -32003 or -32010), only the
 * words differ. Texts of geth, reth, Nethermind, Besu, Erigon and Anvil, most specific first.
 */
const TEXTS: readonly (readonly [RegExp, SendOutcome])[] = [
  [/already known|already ?imported|known transaction|alreadyknown|already in (the )?(mem)?pool/i, 'accepted'],
  [/nonce too low|oldnonce|nonce is too low|nonce .*lower than/i, 'nonce-too-low'],
  [/nonce too high|noncegap|nonce gap|nonce .*(distant|too far)|missing nonce/i, 'nonce-too-high'],
  [/insufficient ?funds|insufficient balance|upfront cost exceeds|overshot/i, 'insufficient-funds'],
  [
    /underpriced|replacementnotallowed|feetoolow|fee too low|too low to compete|less than (the )?(block|current|minimum)|gas price too low|below (the )?(minimum|base fee)/i,
    'underpriced',
  ],
  [
    /pool (is )?full|pool.*limit|account limit|exceeds.*(pool|limit).*account|already reserved|too many (blob )?transactions|txpool/i,
    'pool-full',
  ],
];

export function sendOutcomeOf(error: EthereumRpcError): SendOutcome {
  for (const [pattern, outcome] of TEXTS) if (pattern.test(error.rpcMessage)) return outcome;
  return 'refused';
}

export interface SendAnswer {
  readonly outcome: SendOutcome;
  /** The node's words; empty when it just took it. */
  readonly answer: string;
  /** The node is in trouble itself: the refusal says nothing about the transaction. */
  readonly nodeTrouble: boolean;
}

/** Hands bytes to the node. Fails only when no answer came, after which it may have them or not. */
export async function sendRaw(
  client: Pick<EthereumClient, 'sendRawTransaction'>,
  raw: Uint8Array,
  signal: AbortSignal,
): Promise<SendAnswer> {
  try {
    await client.sendRawTransaction(raw, signal);
    return { outcome: 'accepted', answer: '', nodeTrouble: false };
  } catch (error) {
    if (!(error instanceof EthereumRpcError)) throw error;
    return {
      outcome: sendOutcomeOf(error),
      answer: error.rpcMessage,
      nodeTrouble: error.retry === 'dependency-down',
    };
  }
}
