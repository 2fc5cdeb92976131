import { createHash } from 'node:crypto';
import {
  decodeAbiParameters,
  encodeAbiParameters,
  type Hex,
  hexToBytes,
  keccak256,
  parseAbiParameters,
  toFunctionSelector,
} from 'viem';
import { versionedHash } from '../../../src/starknet/commitment.ts';
import { sharpFact } from '../../../src/starknet/fact.ts';
import { FELT_PRIME, toBytes32, toHex32 } from '../../../src/starknet/felt.ts';
import { type OsOutput, parseOsOutput } from '../../../src/starknet/os-output.ts';
import { isProof } from '../hash-kzg.ts';

export const PROGRAM_HASH = 0x54d3603ed14fb897d0925c48f26330ea9950bd4ca95746dad4f7f09febffe0dn;
export const CONFIG_HASH = 0x1b9900f77ff5923183a7795fcfbb54ed76917bc1ddd4160cc77fa96e36cf8c5n;

/** What the core contract stores, and the facts that its registry holds. */
export interface CoreState {
  readonly blockNumber: number;
  readonly root: bigint;
  readonly blockHash: bigint;
}

export const EMPTY_CORE: CoreState = { blockNumber: -1, root: 0n, blockHash: 0n };

export interface UpdateCall {
  readonly words: readonly bigint[];
  readonly proofs: readonly Uint8Array[];
  readonly fact: string;
  readonly output: OsOutput | undefined;
}

const UPDATE = toFunctionSelector('updateStateKzgDA(uint256[],bytes[])');
const UPDATE_PARAMETERS = parseAbiParameters('uint256[] programOutput, bytes[] kzgProofs');
export const LOG_STATE_UPDATE = keccak256(new TextEncoder().encode('LogStateUpdate(uint256,int256,uint256)'));

const VIEWS: Readonly<Record<string, (state: CoreState) => bigint>> = {
  [toFunctionSelector('stateBlockNumber()')]: ({ blockNumber }) => BigInt.asUintN(256, BigInt(blockNumber)),
  [toFunctionSelector('stateRoot()')]: ({ root }) => root,
  [toFunctionSelector('stateBlockHash()')]: ({ blockHash }) => blockHash,
  [toFunctionSelector('programHash()')]: () => PROGRAM_HASH,
  [toFunctionSelector('aggregatorProgramHash()')]: () => 0n,
  [toFunctionSelector('configHash()')]: () => CONFIG_HASH,
};

/** Return data of a view, or undefined when the data does not call one. */
export function viewOf(data: Hex, state: CoreState): Hex | undefined {
  const view = VIEWS[data.slice(0, 10)];
  return view === undefined ? undefined : toHex32(view(state));
}

const decoded = new Map<string, UpdateCall>();

/** The call of `updateStateKzgDA` in the data; undefined for anything else. Memoised: the same updates come in many runs. */
export function updateCallOf(data: Hex): UpdateCall | undefined {
  if (!data.startsWith(UPDATE)) return undefined;
  const key = createHash('sha256').update(data).digest('base64');
  let call = decoded.get(key);
  if (call === undefined) {
    const [words, proofs] = decodeAbiParameters(UPDATE_PARAMETERS, `0x${data.slice(10)}`);
    let output: OsOutput | undefined;
    try {
      output = parseOsOutput(words);
    } catch {
      output = undefined;
    }
    call = { words, proofs: proofs.map((proof) => hexToBytes(proof)), fact: sharpFact(PROGRAM_HASH, words), output };
    decoded.set(key, call);
  }
  return call;
}

export type UpdateResult =
  | { readonly ok: true; readonly state: CoreState }
  | { readonly ok: false; readonly reason: string };

/** The contract's checks in the contract's order (our Solidity core has the same); messages are not modelled. */
export function applyUpdate(
  state: CoreState,
  facts: ReadonlySet<string>,
  { words, proofs, fact, output }: UpdateCall,
  blobHashes: readonly Hex[],
): UpdateResult {
  if (words.length <= 10) return refused('STARKNET_OUTPUT_TOO_SHORT');
  const previous = state.blockNumber === -1 ? FELT_PRIME - 1n : BigInt(state.blockNumber);
  if (words[2] !== previous) return refused('INVALID_PREV_BLOCK_NUMBER');
  if (words[8] !== 1n) return refused('UNEXPECTED_KZG_DA_FLAG');
  if (output?.kzg === undefined) return refused('KZG_SEGMENT_TOO_SHORT');
  const { z, commitments, evaluations } = output.kzg;
  if (proofs.length !== commitments.length) return refused('INVALID_NUMBER_OF_KZG_PROOFS');
  for (const [index, commitment] of commitments.entries()) {
    const blobHash = blobHashes[index];
    const proof = proofs[index];
    if (blobHash === undefined) return refused('INVALID_BLOB_INDEX');
    if (proof?.length !== 48) return refused('INVALID_KZG_PROOF_SIZE');
    const proven =
      blobHash === versionedHash(commitment) &&
      isProof(commitment, toBytes32(z), toBytes32(evaluations[index] ?? 0n), proof);
    if (!proven) return refused('POINT_EVALUATION_PRECOMPILE_CALL_FAILED');
  }
  if (output.configHash !== CONFIG_HASH) return refused('INVALID_CONFIG_HASH');
  if (output.fullOutput) return refused('FULL_OUTPUT_NOT_SUPPORTED');
  if (output.osProgramHash !== 0n) return refused('AGGREGATOR_MODE_INVALID_OS_PROGRAM_HASH');
  if (!facts.has(fact)) return refused('NO_STATE_TRANSITION_PROOF');
  if (output.newBlockNumber <= state.blockNumber) return refused('INVALID_NEW_BLOCK_NUMBER');
  if (output.prevBlockHash !== state.blockHash) return refused('INVALID_PREV_BLOCK_HASH');
  if (output.initialRoot !== state.root) return refused('INVALID_PREVIOUS_ROOT');
  return {
    ok: true,
    state: { blockNumber: output.newBlockNumber, root: output.finalRoot, blockHash: output.newBlockHash },
  };
}

const LOG_PARAMETERS = parseAbiParameters('uint256 globalRoot, int256 blockNumber, uint256 blockHash');

export function stateUpdateLog({ root, blockNumber, blockHash }: CoreState): Hex {
  return encodeAbiParameters(LOG_PARAMETERS, [root, BigInt(blockNumber), blockHash]);
}

const refused = (reason: string): UpdateResult => ({ ok: false, reason });
