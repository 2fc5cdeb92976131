import { keccak_256 } from '@noble/hashes/sha3.js';
import { OrchestratorError } from '../errors/orchestrator-error.ts';
import { factTreeRoot } from './fact-tree.ts';
import { fromBytes, packWords, toBytes32, toHex32 } from './felt.ts';

/**
 * The fact that the SHARP verifier registers for a program and its output of one page:
 * `keccak256(abi.encode(programHash, keccak256(abi.encodePacked(programOutput))))`, as the core contract computes it
 * with blob data availability.
 */
export function sharpFact(programHash: bigint, programOutput: readonly bigint[]): `0x${string}` {
  return sharpFactOfRoot(programHash, BigInt(stateTransitionFact(programOutput)));
}

/** Fact of an output that is split into pages; the tree is the PIE's `gps_fact_topology`. */
export function sharpFactOfPages(
  programHash: bigint,
  programOutput: readonly bigint[],
  pageSizes: readonly number[],
  tree: readonly number[],
): `0x${string}` {
  return sharpFactOfRoot(programHash, factTreeRoot(programOutput, pageSizes, tree));
}

/** `keccak256(abi.encodePacked(programOutput))`: what the core contract logs as LogStateTransitionFact. */
export function stateTransitionFact(programOutput: readonly bigint[]): `0x${string}` {
  return toHex32(fromBytes(keccak_256(packWords(programOutput))));
}

/**
 * What the core contract logs and asks for when the state difference is in the call data instead of blobs: the root over
 * the main page and a second node, that of the data pages.
 *
 * @param onchainDataHash Keccak node over the data pages
 * @param onchainDataSize words in the data pages
 * @throws OrchestratorError OUTPUT_INVALID with reason OnChainDataCompute for a hash or a size that cannot be
 */
export function stateTransitionFactWithData(
  mainPage: readonly bigint[],
  onchainDataHash: bigint,
  onchainDataSize: number,
): `0x${string}` {
  if (
    onchainDataHash < 0n ||
    onchainDataHash >> 256n !== 0n ||
    !Number.isSafeInteger(onchainDataSize) ||
    onchainDataSize <= 0
  )
    throw new OrchestratorError('OUTPUT_INVALID', 'the fact cannot be computed: wrong hash or size of the data pages', {
      context: { reason: 'OnChainDataCompute' },
    });
  const mainHash = fromBytes(keccak_256(packWords(mainPage)));
  const mainEnd = BigInt(mainPage.length);
  const nodes = [mainHash, mainEnd, onchainDataHash, mainEnd + BigInt(onchainDataSize)];
  return toHex32(BigInt.asUintN(256, fromBytes(keccak_256(packWords(nodes))) + 1n));
}

function sharpFactOfRoot(programHash: bigint, root: bigint): `0x${string}` {
  return toHex32(fromBytes(keccak_256(Buffer.concat([toBytes32(programHash), toBytes32(root)]))));
}
