import { encodeFunctionData, parseAbi, toHex } from 'viem';

/** The core contract's function for a state update whose data is in blobs; selector 0x507ee528. */
const updateStateKzgDaAbi = parseAbi(['function updateStateKzgDA(uint256[] programOutput, bytes[] kzgProofs)']);

/**
 * Call data of `updateStateKzgDA`.
 *
 * @param kzgProofs proof of each blob's evaluation at the output's z (not the blob proof of the sidecar), 48 bytes, in blob order
 */
export function updateStateKzgDaCalldata(
  programOutput: readonly bigint[],
  kzgProofs: readonly Uint8Array[],
): `0x${string}` {
  return encodeFunctionData({
    abi: updateStateKzgDaAbi,
    functionName: 'updateStateKzgDA',
    args: [programOutput, kzgProofs.map((proof) => toHex(proof))],
  });
}
