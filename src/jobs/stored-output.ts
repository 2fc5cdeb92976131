import { OrchestratorError } from '../errors/orchestrator-error.ts';
import type { SettlementParameters } from '../settlement/settlement.ts';
import { sharpFact } from '../starknet/fact.ts';
import { type OsOutput, parseOsOutput } from '../starknet/os-output.ts';
import { decodeProgramOutput } from '../starknet/program-output-file.ts';
import type { ObjectStore } from '../storage/object-store.ts';

export interface StoredOutput {
  readonly words: readonly bigint[];
  readonly output: OsOutput;
}

/** Program whose proof the contract asks for: the aggregator's when the output names the OS behind it, else the OS itself. */
export function provenProgram(output: OsOutput, parameters: SettlementParameters): bigint {
  return output.osProgramHash === 0n ? parameters.programHash : parameters.aggregatorProgramHash;
}

/**
 * The output stored under `key`. Fails with OUTPUT_MISMATCH when its fact is not the recorded one: the object is another
 * block's, was changed, or the contract now settles with another program than when the output was made.
 */
export async function loadOutput(
  objects: ObjectStore,
  key: string,
  recordedFact: string | null,
  parameters: SettlementParameters,
): Promise<StoredOutput> {
  const words = decodeProgramOutput(await objects.get(key));
  const output = parseOsOutput(words);
  const fact = sharpFact(provenProgram(output, parameters), words);
  if (fact !== recordedFact) {
    throw new OrchestratorError(
      'OUTPUT_MISMATCH',
      `The program output in ${key} has the fact ${fact}, but ${recordedFact} was recorded for it`,
      {
        context: { field: 'fact', key, fact, recordedFact },
        hint: 'Compare the program hash of the core contract with that of the run, then retry the SnosRun job.',
      },
    );
  }
  return { words, output };
}
