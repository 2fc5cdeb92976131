import { decodeFunctionData, parseAbi, toFunctionSelector, toHex } from 'viem';
import { OrchestratorError } from '../../errors/orchestrator-error.ts';

/** The functions by which the core contract was and is told of a new state. */
const FUNCTIONS = [
  'function updateStateKzgDA(uint256[] programOutput, bytes[] kzgProofs)',
  'function updateStateKzgDA(uint256[] programOutput, bytes kzgProof)',
  'function updateState(uint256[] programOutput, uint256 onchainDataHash, uint256 onchainDataSize)',
] as const;
const ABI = parseAbi(FUNCTIONS);
const SELECTORS = new Set<string>(FUNCTIONS.map((text) => toFunctionSelector(text)));
const SELECTOR_BYTES = 4;

export interface CoreContractCall {
  readonly functionName: string;
  readonly programOutput: readonly bigint[];
  /** 48 bytes each, as hex; none for a state update without blobs. */
  readonly kzgProofs: readonly string[];
  /** Of a state update with the difference in the call data. */
  readonly onchainData: { readonly hash: bigint; readonly size: bigint } | undefined;
}

export function isCoreContractCall(data: Uint8Array): boolean {
  return data.length >= SELECTOR_BYTES && SELECTORS.has(toHex(data.subarray(0, SELECTOR_BYTES)));
}

/**
 * Reads the call data of a state update.
 *
 * @throws OrchestratorError INPUT_INVALID when its arguments cannot be decoded
 */
export function decodeCoreContractCall(data: Uint8Array): CoreContractCall {
  try {
    const { functionName, args } = decodeFunctionData({ abi: ABI, data: toHex(data) });
    const [programOutput, second, size] = args;
    if (typeof second === 'bigint')
      return { functionName, programOutput, kzgProofs: [], onchainData: { hash: second, size: size ?? 0n } };
    return { functionName, programOutput, kzgProofs: [second].flat(), onchainData: undefined };
  } catch (cause) {
    throw new OrchestratorError('INPUT_INVALID', 'The arguments of the call of the core contract cannot be decoded.', {
      cause,
    });
  }
}
