import { createPublicClient, type Hex, http } from 'viem';
import { versionedHash } from '../../starknet/commitment.ts';

const POINT_EVALUATION = '0x000000000000000000000000000000000000000a';

/**
 * Asks a node to check one trivial KZG proof: that of the zero polynomial, whose commitment and proof are the point at infinity
 * (EIP-4844). Anvil loads its trusted set-up, which takes seconds, at the first such check; without this the first state
 * update would wait for it.
 */
export async function warmUpPointEvaluation(rpcUrl: string): Promise<void> {
  const infinity = Uint8Array.from({ length: 48 }, (_, index) => (index === 0 ? 0xc0 : 0));
  const point = Buffer.from(infinity).toString('hex');
  const zero = '0'.repeat(64);
  const data: Hex = `${versionedHash(infinity)}${zero}${zero}${point}${point}`;
  await createPublicClient({ transport: http(rpcUrl, { retryCount: 0, timeout: 60_000 }) }).call({
    to: POINT_EVALUATION,
    data,
  });
}
