import type { Blocks } from './blocks.ts';
import type { AliasTable } from './compression/aliases.ts';
import { aliasLookups } from './compression/aliases.ts';
import type { DaEncoding } from './da-encoding.ts';
import { contractsNeedingNonce } from './da-words.ts';
import { lookUpInBatches } from './look-up-in-batches.ts';
import type { StarknetNode } from './starknet-node.ts';
import type { StateUpdate } from './state-update.ts';
import { ALIAS_CONTRACT } from './system-contracts.ts';

/** What an encoding needs beside the state update. */
export interface EncodingInputs {
  readonly encoding: DaEncoding;
  /** `old` only: nonces at the last block, of the contracts of `contractsNeedingNonce`. */
  readonly currentNonces?: ReadonlyMap<bigint, bigint>;
  /** `stateful` only: storage of contract 0x2 at the block before the first, at the keys of `aliasLookups`. */
  readonly aliasesBefore?: AliasTable;
}

/**
 * Looks up what the encoding of an update of these blocks needs: nonces at the last block for `old`, aliases at the block
 * before the first one for `stateful`.
 *
 * @throws OrchestratorError whatever the node fails with; a failed look-up never counts as zero
 */
export async function lookUpEncodingInputs(
  node: Pick<StarknetNode, 'nonces' | 'storage'>,
  update: StateUpdate,
  { first, last }: Blocks,
  encoding: DaEncoding,
): Promise<EncodingInputs> {
  if (encoding === 'old') {
    const contracts = contractsNeedingNonce(update);
    const nonces = await lookUpInBatches('nonces', contracts, (batch) => node.nonces(last, batch));
    return { encoding, currentNonces: zip(contracts, nonces) };
  }
  // Before block 0 there are no aliases, and so none to look up.
  if (encoding !== 'stateful' || first === 0) return { encoding };
  const names = aliasLookups(update);
  const aliases = await lookUpInBatches('aliases', names, (batch) =>
    node.storage(
      first - 1,
      batch.map((key) => ({ address: ALIAS_CONTRACT, key })),
    ),
  );
  return { encoding, aliasesBefore: zip(names, aliases) };
}

function zip(keys: readonly bigint[], values: readonly bigint[]): Map<bigint, bigint> {
  const result = new Map<bigint, bigint>();
  keys.forEach((key, index) => {
    const value = values[index];
    if (value !== undefined) result.set(key, value);
  });
  return result;
}
