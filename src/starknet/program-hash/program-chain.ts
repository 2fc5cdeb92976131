import { pedersen } from '@scure/starknet';
import { OrchestratorError } from '../../errors/orchestrator-error.ts';
import { isFelt, shortString } from '../felt.ts';

/** What of a Cairo program its hash covers. */
export interface HashedProgram {
  readonly data: readonly bigint[];
  /** Names as in the PIE, without `_builtin`. */
  readonly builtins: readonly string[];
  readonly main: number;
}

const BOOTLOADER_VERSION = 0n;

/**
 * The felts whose Pedersen fold from the right is the program's hash, as the bootloader computes it:
 * `[length of the rest, 0, main, number of builtins, builtin names, data]`.
 *
 * @throws OrchestratorError PIE_INVALID with reason ProgramHashCompute for a program that cannot be hashed
 */
export function programChain({ data, builtins, main }: HashedProgram): bigint[] {
  if (!Number.isSafeInteger(main) || main < 0 || !data.every(isFelt))
    throw invalid('the program has a word that is no felt, or a wrong main');
  const chain = [BOOTLOADER_VERSION, BigInt(main), BigInt(builtins.length), ...builtins.map(builtinName)].concat(data);
  return [BigInt(chain.length), ...chain];
}

/** Hash under which SHARP proves an aggregator program: the contract's `aggregatorProgramHash`. */
export function aggregatorProgramHash(programHash: bigint): bigint {
  // For a single hash the library is faster than our tables, which take a moment to compute.
  return BigInt(pedersen(shortString('AGGREGATOR'), programHash));
}

function builtinName(name: string): bigint {
  try {
    return shortString(name);
  } catch (cause) {
    throw invalid(`the builtin "${name.slice(0, 40)}" has no name that can be hashed`, cause);
  }
}

function invalid(message: string, cause?: unknown): OrchestratorError {
  return new OrchestratorError('PIE_INVALID', `the program hash cannot be computed: ${message}`, {
    context: { reason: 'ProgramHashCompute' },
    ...(cause === undefined ? {} : { cause }),
  });
}
