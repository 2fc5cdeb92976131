import { OrchestratorError } from '../errors/orchestrator-error.ts';
import { isFelt } from './felt.ts';
import { poseidonHashMany } from './poseidon.ts';

/** Bootloader under which Starknet's own fact registry (Integrity) verifies programs. */
export const BOOTLOADER_PROGRAM_HASH = 0x5ab580b04e3532b6b18f81cfa654a05e29dd8e2352d88df1e765a84072db07n;

const TASKS = 1n;
/** The size word and the program hash count as part of a task. */
const TASK_HEADER_WORDS = 2;

/**
 * The fact by which a core contract on Starknet (Piltover) asks whether a run was proven:
 * `poseidon_many([bootloader hash, poseidon_many(bootloader output)])`.
 *
 * The vector that is hashed is the *bootloader's* output, `[1, n + 2, program hash, ...output]`: one task, its size and
 * its program in front of its n words. That is what the registry sees, for it verifies the proof of the bootloader and
 * not of the task; a hash over the bare output would say nothing of the program. No recorded fact of this form exists to
 * compare with.
 *
 * @throws OrchestratorError OUTPUT_INVALID with reason L2FactCompute for a word that is no felt
 */
export function poseidonFact(
  programHash: bigint,
  programOutput: readonly bigint[],
  bootloaderHash: bigint = BOOTLOADER_PROGRAM_HASH,
): bigint {
  const framed = [TASKS, BigInt(programOutput.length + TASK_HEADER_WORDS), programHash, ...programOutput];
  const bad = [bootloaderHash, ...framed].findIndex((word) => !isFelt(word));
  if (bad >= 0)
    throw new OrchestratorError('OUTPUT_INVALID', 'the fact cannot be computed: a word is not below the field prime', {
      context: { reason: 'L2FactCompute' },
    });
  return poseidonHashMany([bootloaderHash, poseidonHashMany(framed)]);
}
