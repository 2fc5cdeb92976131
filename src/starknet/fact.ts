import { keccak_256 } from '@noble/hashes/sha3.js';
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

function sharpFactOfRoot(programHash: bigint, root: bigint): `0x${string}` {
  return toHex32(fromBytes(keccak_256(Buffer.concat([toBytes32(programHash), toBytes32(root)]))));
}
