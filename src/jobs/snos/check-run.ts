import { OrchestratorError } from '../../errors/orchestrator-error.ts';
import type { SettlementParameters } from '../../settlement/settlement.ts';
import { type Blocks, blocksText } from '../../starknet/blocks.ts';
import { sharpFact } from '../../starknet/fact.ts';
import { feltToHex } from '../../starknet/felt.ts';
import { encodeOsOutput, type OsOutput, parseOsOutput, validateOsOutput } from '../../starknet/os-output.ts';
import { provenProgram } from '../stored-output.ts';

/** What the node and the contract say the run must have produced. */
export interface RunExpectation {
  readonly range: Blocks;
  /** With OS program hash 0. */
  readonly output: OsOutput;
  /** The node could not tell the range's messages, so that `output` has none. */
  readonly messagesAssumed: boolean;
  readonly parameters: SettlementParameters;
}

export interface RunClaim {
  readonly programOutput: readonly bigint[];
  readonly programHash: bigint;
}

/**
 * SHARP fact of a run's output, once everything in the output was found to be what the node and the contract say. Fails
 * with OUTPUT_MISMATCH; `context.field` names the first part that differs.
 */
export function checkRun({ programOutput, programHash }: RunClaim, expected: RunExpectation): string {
  const { range, parameters } = expected;
  const actual = parseClaim(programOutput, range);
  validateOsOutput(actual, {
    ...expected.output,
    // A non-zero word 6 says that an aggregator made the output; it must then be the OS that the contract knows.
    osProgramHash: actual.osProgramHash === 0n ? 0n : parameters.programHash,
    // A runner executes the blocks and so knows their messages even when the node cannot list them. There is nothing to
    // compare them with then; a wrong one is still refused by the contract, which holds the messages to be consumed.
    ...(expected.messagesAssumed && { messagesToL1: actual.messagesToL1, messagesToL2: actual.messagesToL2 }),
  });
  const proven = provenProgram(actual, parameters);
  if (programHash !== proven) {
    throw mismatch(
      range,
      'programHash',
      `the runner ran program ${feltToHex(programHash)}, the contract settles with ${feltToHex(proven)}`,
    );
  }
  return sharpFact(programHash, programOutput);
}

function parseClaim(words: readonly bigint[], range: Blocks): OsOutput {
  let output: OsOutput;
  try {
    output = parseOsOutput(words);
  } catch (cause) {
    if (!(cause instanceof OrchestratorError)) throw cause;
    const field = typeof cause.context.field === 'string' ? cause.context.field : 'wordCount';
    throw mismatch(range, field, `its ${words.length} words do not form an output: ${cause.message}`, cause);
  }
  // The fact is made of the words themselves: they must say nothing beyond what was parsed and compared.
  const canonical = encodeOsOutput(output);
  if (canonical.length !== words.length || canonical.some((word, i) => word !== words[i])) {
    throw mismatch(
      range,
      'wordCount',
      `${words.length} words where the output's own sizes account for ${canonical.length}`,
    );
  }
  return output;
}

function mismatch(range: Blocks, field: string, detail: string, cause?: unknown): OrchestratorError {
  return new OrchestratorError('OUTPUT_MISMATCH', `OS output of ${blocksText(range)}, ${field}: ${detail}`, {
    context: { block: range.first, field },
    ...(cause !== undefined && { cause }),
  });
}
