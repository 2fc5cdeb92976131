import { bytesToHex, encodeFunctionData, type Hex } from 'viem';
import { OrchestratorError } from '../../errors/orchestrator-error.ts';
import { BYTES_PER_BLOB } from '../../starknet/blob.ts';
import { versionedHash } from '../../starknet/commitment.ts';
import { fromBytes, toBytes32, toHex32 } from '../../starknet/felt.ts';
import type { Kzg } from '../../starknet/kzg.ts';
import { parseOsOutput } from '../../starknet/os-output.ts';
import type { StateUpdateRequest } from '../settlement.ts';
import type { BlobSidecar } from './blob-transaction.ts';
import { coreContractAbi } from './core-contract-abi.ts';

/** What a state update says to the contract, apart from nonce and fees. */
export interface UpdateCall {
  /** Call data of `updateStateKzgDA`. */
  readonly data: Hex;
  readonly blobVersionedHashes: readonly Hex[];
  /** 48 bytes each, of the blobs in their order. */
  readonly commitments: readonly Uint8Array[];
}

/**
 * Builds the call and proves on the way that the blobs are the ones the output speaks of: every commitment and every
 * value at z is recomputed from the blob. A mismatch would be found on chain too, but after gas was spent, and without
 * saying what differs.
 *
 * @throws OrchestratorError OUTPUT_MISMATCH (its context names field and blob), OUTPUT_INVALID, BLOB_INVALID
 */
export async function buildUpdateCall(kzg: Kzg, update: Omit<StateUpdateRequest, 'signal'>): Promise<UpdateCall> {
  const { programOutput, blobs } = update;
  const output = parseOsOutput(programOutput);
  if (output.kzg === undefined) {
    throw new OrchestratorError(
      'OUTPUT_INVALID',
      `the output of block ${update.lastBlock} carries no KZG section; only blob data availability can be settled on Ethereum`,
      {
        context: { field: 'useKzgDa' },
      },
    );
  }
  const { z, commitments, evaluations } = output.kzg;
  if (output.newBlockNumber !== update.lastBlock)
    throw mismatch('newBlockNumber', output.newBlockNumber, update.lastBlock);
  if (commitments.length !== blobs.length) throw mismatch('blobCount', commitments.length, blobs.length);
  const point = toBytes32(z);
  const proofs = await Promise.all(
    blobs.map(async (blob, index) => {
      if (blob.length !== BYTES_PER_BLOB)
        throw new OrchestratorError(
          'BLOB_INVALID',
          `blob ${index} has ${blob.length} bytes instead of ${BYTES_PER_BLOB}`,
        );
      const commitment = bytesToHex(await kzg.commit(blob));
      const expected = bytesToHex(commitments[index] ?? new Uint8Array());
      if (commitment !== expected) throw mismatch('commitment', expected, commitment, index);
      const { proof, y } = await kzg.prove(blob, point);
      if (fromBytes(y) !== evaluations[index])
        throw mismatch('evaluation', toHex32(evaluations[index] ?? 0n), bytesToHex(y), index);
      return bytesToHex(proof);
    }),
  );
  return {
    data: encodeFunctionData({ abi: coreContractAbi, functionName: 'updateStateKzgDA', args: [programOutput, proofs] }),
    blobVersionedHashes: commitments.map((commitment) => versionedHash(commitment)),
    commitments,
  };
}

/** The blobs with the proofs that nodes ask for: version 1 since Fusaka (0.3 s a blob), version 0 before it. */
export async function buildSidecar(
  kzg: Kzg,
  wrapperVersion: 0 | 1,
  blobs: readonly Uint8Array[],
  commitments: readonly Uint8Array[],
): Promise<BlobSidecar> {
  const proofs = await Promise.all(
    blobs.map(async (blob, index) =>
      wrapperVersion === 1
        ? await kzg.cellProofs(blob)
        : [await kzg.blobProof(blob, commitments[index] ?? new Uint8Array())],
    ),
  );
  return { wrapperVersion, blobs, commitments, proofs: proofs.flat() };
}

function mismatch(
  field: string,
  inOutput: string | number,
  expected: string | number,
  blob?: number,
): OrchestratorError {
  const which = blob === undefined ? field : `${field} of blob ${blob}`;
  return new OrchestratorError(
    'OUTPUT_MISMATCH',
    `${which} is ${inOutput} in the output, but the data to settle gives ${expected}`,
    {
      context: { field, blob },
    },
  );
}
