import type { Hex } from 'viem';
import type { Log } from '../../telemetry/log.ts';
import type { CoreContract } from './core-contract.ts';
import type { EthereumBlock, EthereumClient } from './ethereum-client.ts';
import { meaningOf, type RevertMeaning, revertReason } from './revert-reason.ts';

export interface PreflightCall {
  readonly data: Hex;
  readonly blobVersionedHashes: readonly Hex[];
}

export type Preflight =
  | { readonly kind: 'passed'; readonly gasLimit: bigint }
  | {
      readonly kind: 'refused';
      readonly reason: string;
      readonly meaning: Exclude<RevertMeaning, 'blind'>;
      /** Where the contract stands, for `position`. */
      readonly position: number | null;
    };

export interface GasTuning {
  /** Tried first; doubled while the call runs out of gas, up to `max`. What is signed is a quarter above what sufficed. */
  readonly first: bigint;
  /** Networks since Fusaka take at most 2^24 for one transaction (EIP-7825). */
  readonly max: bigint;
  /** For nodes on which the call cannot be tried. */
  readonly untried: bigint;
}

export interface PreflightOptions {
  readonly client: EthereumClient;
  readonly contract: CoreContract;
  readonly from: Hex;
  readonly gas: GasTuning;
  readonly log: Log;
}

/**
 * Runs the update at the head without sending it. What the contract would refuse never reaches the pool, where it
 * would be mined, cost gas and change nothing. Also finds the gas limit that is enough.
 *
 * Nodes that ignore `blobVersionedHashes` let every update fail with INVALID_BLOB_INDEX; from them the call says
 * nothing, and it counts as passed.
 */
export async function preflight(
  options: PreflightOptions,
  call: PreflightCall,
  head: EthereumBlock,
  signal: AbortSignal,
): Promise<Preflight> {
  const { client, contract, from } = options;
  const at = { blockHash: head.hash };
  for (let gas = options.gas.first; ; gas = min(gas * 2n, options.gas.max)) {
    try {
      await client.call(
        { to: contract.address, from, gas, data: call.data, blobVersionedHashes: call.blobVersionedHashes },
        at,
        signal,
      );
      return { kind: 'passed', gasLimit: min((gas * 5n) / 4n, options.gas.max) };
    } catch (error) {
      const reason = revertReason(error);
      if (reason === undefined) throw error;
      const meaning = meaningOf(reason);
      // Too little gas shows in many ways: a call inside the call that runs dry gives no reason, and the point
      // evaluation then just "fails". Only with the most gas there is, "wrong" is wrong.
      if (meaning === 'wrong' && gas < options.gas.max) continue;
      if (meaning === 'blind') {
        options.log.warn(
          { head: head.number },
          'the Ethereum node does not pass blob hashes to eth_call: the update is sent without having been tried',
        );
        return { kind: 'passed', gasLimit: options.gas.untried };
      }
      const position = meaning === 'position' ? ((await contract.stateAt(head, signal))?.blockNumber ?? null) : null;
      return { kind: 'refused', reason, meaning, position };
    }
  }
}

function min(a: bigint, b: bigint): bigint {
  return a < b ? a : b;
}
